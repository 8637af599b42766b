package serve

import (
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// globalAccount is where clients are that belong to no other.
const globalAccount = "$G"

// ServerCreds is the end of the names of files beside that of --users which let the server into its own accounts.
const ServerCreds = ".server.creds"

// doors returns a way into each account that has clients, and changes the settings so that they open.
func (o *Options) doors(s *server.Options) ([]door, error) {
	secret := rand.Text()
	switch {
	case o.Token != "":
		s.CustomClientAuthentication = token{o.Token, secret}
		return []door{{globalAccount, []nats.Option{nats.Token(secret)}}}, nil
	case len(s.TrustedOperators) > 0:
		return o.jwtDoors()
	case len(s.Users)+len(s.Nkeys) > 0:
		return userDoors(s, secret), nil
	case s.Username != "" || s.Authorization != "":
		return nil, fmt.Errorf("--users: %s has one user or a token for all: give a list of users, or --token", o.Users)
	case o.Users != "": // and without them anybody could come in
		return nil, fmt.Errorf("--users: %s has no users: it needs an operator, as meshos users makes one, or authorization or accounts with a list of users", o.Users)
	}
	return []door{{globalAccount, nil}}, nil
}

// A token is what all clients must give. The secret is the server's own.
type token struct{ clients, secret string }

func (t token) Check(c server.ClientAuthentication) bool {
	given := []byte(c.GetOpts().Token)
	return subtle.ConstantTimeCompare(given, []byte(t.clients))|subtle.ConstantTimeCompare(given, []byte(t.secret)) == 1
}

// userDoors adds a user to each account that has some.
func userDoors(s *server.Options, secret string) (doors []door) {
	accounts := map[string]*server.Account{}
	note := func(a *server.Account) {
		name := globalAccount
		if a != nil {
			name = a.Name
		}
		accounts[name] = a
	}
	for _, u := range s.Users {
		note(u.Account)
	}
	for _, u := range s.Nkeys {
		note(u.Account)
	}
	for name, account := range accounts {
		user := "meshos-up-" + name
		s.Users = append(s.Users, &server.User{Username: user, Password: secret, Account: account})
		doors = append(doors, door{name, []nats.Option{nats.UserInfo(user, secret)}})
	}
	return doors
}

// jwtDoors takes the credentials that `meshos users` has made for the server.
func (o *Options) jwtDoors() (doors []door, err error) {
	files, err := filepath.Glob(filepath.Join(filepath.Dir(o.Users), "*"+ServerCreds))
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("--users: %w", err)
		}
		token, err := jwt.ParseDecoratedJWT(text)
		if err != nil {
			return nil, fmt.Errorf("--users: %s: %w", file, err)
		}
		claims, err := jwt.DecodeUserClaims(token)
		if err != nil {
			return nil, fmt.Errorf("--users: %s: %w", file, err)
		}
		account := claims.IssuerAccount
		if account == "" {
			account = claims.Issuer
		}
		doors = append(doors, door{account, []nats.Option{nats.UserCredentials(file)}})
	}
	if len(doors) == 0 {
		return nil, fmt.Errorf("--users: beside %s there is no NAME%s, with which the server enters the account of a mesh: make it by meshos users",
			o.Users, strings.TrimSpace(ServerCreds))
	}
	return doors, nil
}

func newTimer() *time.Timer {
	t := time.NewTimer(0)
	<-t.C
	return t
}
