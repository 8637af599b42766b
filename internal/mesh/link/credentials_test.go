//go:build mesh

package link

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/goccy/go-json"
	"github.com/nats-io/nkeys"

	"netmeshos/internal/fault"
	"netmeshos/internal/mesh/meshtest"
)

// signer is an operator, an account or a user of the server's decentralized authorization.
type signer struct {
	pair           nkeys.KeyPair
	public, secret string
}

func newSigner(t *testing.T, make func() (nkeys.KeyPair, error)) signer {
	t.Helper()
	pair, err := make()
	if err != nil {
		t.Fatal(err)
	}
	public, err := pair.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	secret, err := pair.Seed()
	if err != nil {
		t.Fatal(err)
	}
	return signer{pair, public, string(secret)}
}

// token is a JWT that says something about a subject; expiry 0: for ever.
func (s signer) token(t *testing.T, subject, kind string, expiry int64, claims map[string]any) string {
	t.Helper()
	claims["type"], claims["version"] = kind, 2
	body := map[string]any{"jti": "x", "iat": time.Now().Unix() - 100, "iss": s.public, "name": kind, "sub": subject, "nats": claims}
	if expiry != 0 {
		body["exp"] = expiry
	}
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	signed := encode([]byte(`{"typ":"JWT","alg":"ed25519-nkey"}`)) + "." + encode(text)
	signature, err := s.pair.Sign([]byte(signed))
	if err != nil {
		t.Fatal(err)
	}
	return signed + "." + encode(signature)
}

func TestCredentials(t *testing.T) {
	operator, account, user := newSigner(t, nkeys.CreateOperator), newSigner(t, nkeys.CreateAccount), newSigner(t, nkeys.CreateUser)
	stranger, system := newSigner(t, nkeys.CreateAccount), newSigner(t, nkeys.CreateAccount)
	limits := map[string]any{"subs": -1, "data": -1, "payload": -1, "imports": -1, "exports": -1, "wildcards": true, "conn": -1, "leaf": -1,
		"mem_storage": -1, "disk_storage": -1, "streams": -1, "consumer": -1}
	s := meshtest.Start(t, meshtest.Options{Config: fmt.Sprintf("operator: %s\nresolver: MEMORY\nsystem_account: %s\nresolver_preload: { %s: %s, %s: %s }\n",
		operator.token(t, operator.public, "operator", 0, map[string]any{}), system.public,
		system.public, operator.token(t, system.public, "account", 0, map[string]any{}), account.public,
		operator.token(t, account.public, "account", 0, map[string]any{"limits": limits}))})
	file := func(name, token, seed string) string {
		path := filepath.Join(t.TempDir(), name)
		text := fmt.Sprintf("-----BEGIN NATS USER JWT-----\n%s\n------END NATS USER JWT------\n\n-----BEGIN USER NKEY SEED-----\n%s\n------END USER NKEY SEED------\n", token, seed)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	claims := func() map[string]any { return map[string]any{"subs": -1, "data": -1, "payload": -1} }
	good := account.token(t, user.public, "user", 0, claims())
	o := options(s)
	refuses(t, o, fault.MeshUnavailable, s.URL+": it refuses the user, token or credentials")
	for name, path := range map[string]string{
		"expired":         file("expired", account.token(t, user.public, "user", time.Now().Unix()-50, claims()), user.secret),
		"another account": file("account", stranger.token(t, user.public, "user", 0, claims()), user.secret),
		"another seed":    file("seed", good, newSigner(t, nkeys.CreateUser).secret),
	} {
		t.Run(name, func(t *testing.T) {
			o := o
			o.Credentials = path
			refuses(t, o, fault.MeshUnavailable, s.URL+": it refuses the user, token or credentials")
		})
	}
	o.Credentials = file("good", good, user.secret)
	l := open(t, o)
	must(t)(l.Store(within(t), l.Names().In(4), nil, Storing{}))
}
