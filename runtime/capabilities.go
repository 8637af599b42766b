package meshos

import (
	"slices"
	"unicode/utf8"

	"netmeshos/internal/capability"
	"netmeshos/internal/fault"
)

// PublishCapabilities says what the daemon offers, as tags; none takes back
// what was said before. Errors: already_shutdown, invalid_argument (a tag is
// not UTF-8).
func (h *Handle) PublishCapabilities(tags []string) error {
	for i, tag := range tags {
		if !utf8.ValidString(tag) {
			return fault.New(fault.InvalidArgument, "capability tag %d is not valid UTF-8", i)
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.state >= consumed {
		return errHandleConsumed
	}
	h.capabilities = slices.Clone(tags)
	return nil
}

// PublishCapabilitiesJSON is PublishCapabilities of a JSON array of strings,
// strictly as RFC 8259 has it. An empty text takes back what was said before.
// Errors: already_shutdown, which comes first, and invalid_argument.
func (h *Handle) PublishCapabilitiesJSON(text []byte) error {
	if err := h.usable(); err != nil {
		return err
	}
	if len(text) == 0 {
		return h.PublishCapabilities(nil)
	}
	tags, err := capability.Parse(text)
	if err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.state >= consumed {
		return errHandleConsumed
	}
	h.capabilities = tags
	return nil
}

// Capabilities returns the tags published last.
func (h *Handle) Capabilities() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.capabilities)
}
