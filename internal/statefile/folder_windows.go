package statefile

// syncFolder does nothing: Windows has no call that writes a folder's names to the disk.
// NTFS keeps a journal of them, so after a crash of the machine a name leads to the file
// before or to the new one, whole either way.
func (s *Store) syncFolder() error { return nil }
