package main

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"netmeshos/internal/mesh/orders"
)

// keyJSON is what keygen --json prints.
type keyJSON struct {
	Key    string `json:"key"` // public: for mesh.operators
	File   string `json:"file"`
	Exists bool   `json:"existed"` // the file was there, and stays as it is
}

func newKeygen() *cobra.Command {
	file, asJSON, show := "", false, false
	command := &cobra.Command{
		Use: "keygen -o FILE", Short: "Make an operator's key, and print what nodes have in mesh.operators",
		Long: `Make an operator's key. FILE gets the secret half, which nobody else may read; the public half
is printed, for the list "operators" below "mesh" in the configuration of nodes.`,
		Args: arguments(cobra.NoArgs),
		RunE: func(command *cobra.Command, _ []string) error {
			if file == "" {
				return misuse{errors.New("-o: the file for the key is missing")}
			}
			seed, err := readSeed(file)
			if !show {
				seed, err = makeSeed(file)
			}
			if err != nil {
				return err
			}
			key := orders.PublicKey(seed)
			look := keyJSON{hex.EncodeToString(key[:]), file, show}
			if asJSON {
				return printJSON(command.OutOrStdout(), look)
			}
			_, err = fmt.Fprintln(command.OutOrStdout(), look.Key)
			return err
		},
	}
	f := command.Flags()
	f.StringVarP(&file, "output", "o", "", "file for the key; it must not be there")
	f.BoolVar(&show, "show", false, "print the public half of the key in FILE instead")
	f.BoolVar(&asJSON, "json", false, "print JSON, one value")
	return command
}

func makeSeed(file string) (*[orders.SeedSize]byte, error) {
	var seed [orders.SeedSize]byte
	if _, err := rand.Read(seed[:]); err != nil {
		return nil, err
	}
	out, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return nil, fmt.Errorf("-o: %s is there already, and stays as it is", file)
	}
	if err != nil {
		return nil, fmt.Errorf("-o: %w", err)
	}
	_, err = fmt.Fprintf(out, "# An operator's key for meshos. Keep it secret.\n%x\n", seed)
	if closing := out.Close(); err == nil {
		err = closing
	}
	return &seed, err
}
