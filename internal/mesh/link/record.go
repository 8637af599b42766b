package link

import (
	"errors"
	"fmt"

	"github.com/goccy/go-json"
)

// Settings are what all nodes of a mesh agree on.
type Settings struct {
	Version int              `json:"v"`
	Numbers map[string]int64 `json:"settings"` // by keys of the configuration, below "mesh"
}

// ReadSettings reads what the first node of a mesh has recorded. The error says what else lies there, and how to
// get rid of it.
func ReadSettings(names Names, record []byte) (s Settings, err error) {
	if err = json.Unmarshal(record, &s); err == nil && s.Version < 1 {
		err = errors.New("it has no version")
	}
	if err != nil {
		return s, fmt.Errorf("the message on %s was not recorded by a node of the mesh (%w), and none starts as long as it is there: remove it with `nats stream purge %s --subject %s`, and the next node records its own settings",
			names.Settings(), err, names.MetaStream(), names.Settings())
	}
	return s, nil
}
