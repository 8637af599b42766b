package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"netmeshos/cmd/meshos/users"
)

// usersJSON is what users --json prints.
type usersJSON struct {
	Config string   `json:"config"` // for meshos up --users, or an include of nats-server
	Files  []string `json:"files"`  // that are new
}

func newUsers() *cobra.Command {
	o := users.Options{}
	nodes, asJSON := []string{}, false
	command := &cobra.Command{
		Use: "users --dir DIR --node NODE…", Short: "Make the credentials of a mesh's nodes, and the permissions that its servers need",
		Long: `Make the credentials of a mesh's nodes and operators, and the configuration that their servers need.

DIR gets server.conf, for meshos up --users DIR/server.conf or an include of nats-server's configuration;
MESH.server.creds, with which meshos up watches its own store; MESH.NODE.creds for each node, which is what
"credentials" below "mesh" names; MESH.operator.creds for this program; and keys/, with which more of them can be
made later. keys/ belongs on no server. The servers needn't be restarted for another node, only for another mesh.`,
		Args: arguments(cobra.NoArgs),
		RunE: func(command *cobra.Command, _ []string) error {
			if o.Dir == "" {
				return misuse{errors.New("--dir: the folder is missing")}
			}
			for _, given := range nodes {
				id, err := nodeID(given)
				if err != nil {
					return misuse{err}
				}
				o.Nodes = append(o.Nodes, id)
			}
			made, err := users.Make(o)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(command.OutOrStdout(), usersJSON{made.Config, made.Files})
			}
			for _, file := range made.Files {
				fmt.Fprintln(command.OutOrStdout(), file)
			}
			return nil
		},
	}
	f := command.Flags()
	f.StringVar(&o.Dir, "dir", "", "folder for what is made; what is there stays")
	f.StringVar(&o.Mesh, "mesh", environment("MESHOS_MESH", "meshos"), "name of the mesh ($MESHOS_MESH)")
	f.StringSliceVar(&nodes, "node", nil, "id of a node, its this_node")
	f.IntVar(&o.Streams, "streams", 1, "how many streams the mesh has, its mesh.streams")
	f.BoolVar(&asJSON, "json", false, "print JSON, one value")
	return command
}

// nodeID reads an id as the other commands do. A number without 0x is decimal, for nobody can look which node is meant.
func nodeID(given string) (uint64, error) {
	base, digits := 10, given
	if hex, found := strings.CutPrefix(strings.ToLower(given), "0x"); found {
		base, digits = 16, hex
	}
	id, err := strconv.ParseUint(digits, base, 64)
	if err != nil || id == 0 {
		return 0, fmt.Errorf("--node: %q is neither a decimal id nor 0x and hex digits, or is 0", given)
	}
	return id, nil
}
