//go:build !windows

package statefile

import (
	"errors"
	"os"
)

// syncFolder makes the names of the files survive a crash of the machine.
func (s *Store) syncFolder() error {
	folder, err := os.Open(s.folder)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
