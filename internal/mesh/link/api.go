//go:build mesh

package link

import (
	"context"
	"errors"
	"time"

	"github.com/goccy/go-json"
)

// apiError is an error of JetStream's.
type apiError struct {
	Status int    `json:"code"`
	Code   int    `json:"err_code"`
	Detail string `json:"description"`
}

// api asks JetStream something that may be asked twice, and reads the answer into result, which may be nil. Its errors
// are classes, ErrNobody where no server has JetStream.
func (l *Link) api(ctx context.Context, verb string, request, result any) error {
	return l.repeat(ctx, func(ctx context.Context) error { return l.apiOnce(ctx, verb, request, result) })
}

// apiOnce is api without the repetition.
func (l *Link) apiOnce(ctx context.Context, verb string, request, result any) error {
	var body []byte
	if request != nil {
		var err error
		if body, err = json.Marshal(request); err != nil {
			return &Error{Class: ErrRefused, Detail: err.Error()}
		}
	}
	raw, err := l.Request(ctx, "$JS.API."+verb, body)
	if err != nil {
		return err
	}
	var failure struct {
		Error *apiError `json:"error"`
	}
	if err := json.Unmarshal(raw, &failure); err != nil {
		return &Error{Class: ErrRefused, Detail: "the answer is not JetStream's: " + err.Error()}
	}
	if e := failure.Error; e != nil {
		return classify(e.Status, e.Code, e.Detail)
	}
	if result == nil {
		return nil
	}
	if err := json.Unmarshal(raw, result); err != nil {
		return &Error{Class: ErrRefused, Detail: "the answer is not JetStream's: " + err.Error()}
	}
	return nil
}

// A server of a cluster without a leader doesn't answer at all, and nobody answers what was asked before there was
// one. So a question is repeated: after longer each time, so that servers that are only slow get no more of them than they
// answer.
const (
	patience = time.Second
	respite  = 20 * time.Millisecond
)

// repeat does something that may be done twice until it isn't in doubt, or ctx is over.
func (l *Link) repeat(ctx context.Context, once func(context.Context) error) error {
	ctx, cancel := l.limit(ctx)
	defer cancel()
	for wait := patience; ; wait *= 2 {
		brief, cancel := context.WithTimeout(ctx, wait)
		err := once(brief)
		cancel()
		if !errors.Is(err, ErrDoubt) {
			return err
		}
		select {
		case <-time.After(respite):
		case <-ctx.Done():
			return err
		case <-l.closed:
			return err
		}
	}
}
