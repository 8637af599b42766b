// Package users makes the users of a mesh's servers: an account for each mesh, which no other mesh gets into, and in it
// a user for each node, with what it needs and no more. They are NATS's own: JWTs signed by an operator's key.
package users

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nkeys"

	"netmeshos/cmd/meshos/remote"
	"netmeshos/cmd/meshos/serve"
	"netmeshos/internal/mesh/link"
)

// Options say for whom.
type Options struct {
	Dir     string
	Mesh    string
	Nodes   []uint64
	Streams int
}

// Made is what there is now.
type Made struct {
	Config string
	Files  []string // that are new
}

// A maker makes files in a folder, none twice.
type maker struct {
	dir  string
	made []string
}

// Make makes what is missing.
func Make(o Options) (Made, error) {
	if !link.ValidName(o.Mesh) {
		return Made{}, fmt.Errorf("--mesh: %q is not 1 to 64 of A-Z, a-z, 0-9, _ and -", o.Mesh)
	}
	if o.Streams < 1 || o.Streams > 64 {
		return Made{}, fmt.Errorf("--streams: %d is not 1 to 64", o.Streams)
	}
	m := &maker{dir: o.Dir}
	if err := os.MkdirAll(filepath.Join(o.Dir, "keys"), 0o700); err != nil {
		return Made{}, fmt.Errorf("--dir: %w", err)
	}
	config := filepath.Join(o.Dir, "server.conf")
	err := m.users(o)
	if err == nil {
		err = m.config(config)
	}
	return Made{config, m.made}, err
}

func (m *maker) users(o Options) error {
	account, err := m.key("account-"+o.Mesh, nkeys.CreateAccount)
	if err != nil {
		return err
	}
	names := link.Names{Name: o.Mesh, Streams: o.Streams}
	all := map[string]jwt.Permissions{
		o.Mesh + serve.ServerCreds: serverPermissions(),
		o.Mesh + ".operator.creds": operatorPermissions(names, remote.OperatorInbox(o.Mesh)),
	}
	for _, node := range o.Nodes {
		all[fmt.Sprintf("%s.%s.creds", o.Mesh, link.Hex(node))] = nodePermissions(names, node)
	}
	for file, permissions := range all {
		if err := m.creds(file, account, permissions); err != nil {
			return err
		}
	}
	slices.Sort(m.made)
	return nil
}

// write makes a file that nobody else may read, and says whether it was there.
func (m *maker) write(name string, text []byte) error {
	path := filepath.Join(m.dir, name)
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	if closing := file.Close(); err == nil {
		err = closing
	}
	m.made = append(m.made, path)
	return err
}

// key reads a key, or makes it.
func (m *maker) key(name string, create func() (nkeys.KeyPair, error)) (nkeys.KeyPair, error) {
	name = filepath.Join("keys", name+".nk")
	seed, err := os.ReadFile(filepath.Join(m.dir, name))
	if err == nil {
		key, err := nkeys.FromSeed([]byte(strings.TrimSpace(string(seed))))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", filepath.Join(m.dir, name), err)
		}
		return key, nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	key, err := create()
	if err != nil {
		return nil, err
	}
	if seed, err = key.Seed(); err != nil {
		return nil, err
	}
	return key, m.write(name, append(seed, '\n'))
}

// creds makes a user, unless its file is there.
func (m *maker) creds(file string, account nkeys.KeyPair, p jwt.Permissions) error {
	if _, err := os.Stat(filepath.Join(m.dir, file)); err == nil {
		return nil
	}
	user, err := nkeys.CreateUser()
	if err != nil {
		return err
	}
	public, err := user.PublicKey()
	if err != nil {
		return err
	}
	claims := jwt.NewUserClaims(public)
	claims.Name, claims.Permissions = strings.TrimSuffix(file, ".creds"), p
	token, err := claims.Encode(account)
	if err != nil {
		return err
	}
	seed, err := user.Seed()
	if err != nil {
		return err
	}
	text, err := jwt.FormatUserConfig(token, seed)
	if err != nil {
		return err
	}
	return m.write(file, text)
}

// config writes the servers' configuration anew, with the accounts of all meshes whose keys are there.
func (m *maker) config(file string) error {
	operator, err := m.key("operator", nkeys.CreateOperator)
	if err != nil {
		return err
	}
	system, err := m.key("system", nkeys.CreateAccount)
	if err != nil {
		return err
	}
	systemID, err := system.PublicKey()
	if err != nil {
		return err
	}
	operatorID, err := operator.PublicKey()
	if err != nil {
		return err
	}
	claims := jwt.NewOperatorClaims(operatorID)
	claims.Name, claims.SystemAccount = "meshos", systemID
	token, err := claims.Encode(operator)
	if err != nil {
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# Made by meshos users, which makes it anew for each mesh.\noperator: %s\nsystem_account: %s\nresolver: MEMORY\nresolver_preload: {\n", token, systemID)
	if err := preload(&b, "system", system, operator, false); err != nil {
		return err
	}
	keys, err := filepath.Glob(filepath.Join(m.dir, "keys", "account-*.nk"))
	if err != nil {
		return err
	}
	for _, path := range keys {
		name := strings.TrimSuffix(filepath.Base(path), ".nk")
		account, err := m.key(name, nil)
		if err != nil {
			return err
		}
		if err := preload(&b, strings.TrimPrefix(name, "account-"), account, operator, true); err != nil {
			return err
		}
	}
	b.WriteString("}\n")
	if err := os.WriteFile(file+".part", []byte(b.String()), 0o600); err != nil {
		return err
	}
	return os.Rename(file+".part", file)
}

// preload adds an account; one that stores may store as much as the server does.
func preload(b *strings.Builder, name string, account, operator nkeys.KeyPair, stores bool) error {
	id, err := account.PublicKey()
	if err != nil {
		return err
	}
	claims := jwt.NewAccountClaims(id)
	claims.Name = name
	if stores {
		claims.Limits.JetStreamLimits = jwt.JetStreamLimits{
			MemoryStorage: jwt.NoLimit, DiskStorage: jwt.NoLimit, Streams: jwt.NoLimit, Consumer: jwt.NoLimit,
			MaxAckPending: jwt.NoLimit, MemoryMaxStreamBytes: jwt.NoLimit, DiskMaxStreamBytes: jwt.NoLimit,
		}
	}
	token, err := claims.Encode(operator)
	if err != nil {
		return err
	}
	fmt.Fprintf(b, "    %s: %s # %s\n", id, token, name)
	return nil
}
