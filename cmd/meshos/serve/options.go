// Package serve runs the server of a mesh: NATS with JetStream, embedded in this process.
package serve

import (
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Options are the settings of a server, as an operator gives them.
type Options struct {
	Listen  string // HOST:PORT; port 0 takes a free one
	Store   string // folder
	Sync    string // "always", or a duration in Go's words
	Max     string // bytes that the store may have, such as 10GB; empty: what the disk has, less a reserve
	HTTP    string // HOST:PORT of the pages that show the server; empty: none
	Verbose bool
	// Processors is how many the server uses; 0: half of those there are, as it shares them with nodes. One at least,
	// and two where it waits for the disk.
	Processors int

	Name    string   // of this server, unique in its cluster; empty: made from its address
	Cluster string   // HOST:PORT for the other servers; empty: it is alone
	Routes  []string // of the other servers: URLs or HOST:PORT

	TLSCert, TLSKey string // files of this server
	TLSCA           string // file; with it, clients must show a certificate of it

	Token string // that clients must give
	Users string // file in the format of nats-server's configuration, such as `meshos users` makes
}

// Default returns the options of a server for one machine.
func Default() Options {
	return Options{Listen: "127.0.0.1:4222", Store: "./meshos-data", Sync: "always"}
}

// Check says which option is wrong, by its name on the command line.
func (o *Options) Check() error {
	if _, _, err := address("--listen", o.Listen); err != nil {
		return err
	}
	for option, given := range map[string]string{"--cluster": o.Cluster, "--http": o.HTTP} {
		if given == "" {
			continue
		}
		if _, _, err := address(option, given); err != nil {
			return err
		}
	}
	switch {
	case o.Processors < 0 || o.Processors > mostProcessors:
		return fmt.Errorf("--processors: %d, but 0 to %d are possible", o.Processors, mostProcessors)
	case o.Store == "":
		return fmt.Errorf("--store: the name of a folder is missing")
	case len(o.Routes) > 0 && o.Cluster == "":
		return fmt.Errorf("--routes: they lead to the other servers of a cluster, whose address of this server, --cluster, is missing")
	case len(o.Routes) == 0 && o.Cluster != "":
		return fmt.Errorf("--cluster: the addresses of the other servers, --routes, are missing")
	case (o.TLSCert == "") != (o.TLSKey == ""):
		return fmt.Errorf("--tls-cert and --tls-key go together")
	case o.TLSCA != "" && o.TLSCert == "":
		return fmt.Errorf("--tls-ca: the server's own --tls-cert and --tls-key are missing")
	case o.Token != "" && o.Users != "":
		return fmt.Errorf("--token and --users exclude each other")
	}
	if _, err := o.routes(); err != nil {
		return err
	}
	if _, err := bytesOf(o.Max); err != nil {
		return fmt.Errorf("--max-store: %w", err)
	}
	_, err := o.interval()
	return err
}

// interval is the time between two syncs; 0: before each acknowledgement.
func (o *Options) interval() (time.Duration, error) {
	if o.Sync == "always" {
		return 0, nil
	}
	every, err := time.ParseDuration(o.Sync)
	if err != nil || every <= 0 {
		return 0, fmt.Errorf("--sync: %q is neither always nor a duration such as 10s or 2m", o.Sync)
	}
	return every, nil
}

// routes are the URLs of the other servers. They log in with the token where there is one.
func (o *Options) routes() ([]*url.URL, error) {
	var all []*url.URL
	for _, given := range o.Routes {
		text := given
		if !strings.Contains(text, "://") {
			text = "nats://" + text
		}
		u, err := url.Parse(text)
		if err != nil || u.Host == "" || u.Port() == "" {
			return nil, fmt.Errorf("--routes: %q is neither HOST:PORT nor nats://HOST:PORT", given)
		}
		if u.User == nil && o.Token != "" {
			u.User = url.UserPassword(routeUser, o.Token)
		}
		all = append(all, u)
	}
	return all, nil
}

// routeUser is the name that servers of a cluster with a token log in with at each other.
const routeUser = "route"

func address(option, given string) (host string, port int, err error) {
	host, digits, err := net.SplitHostPort(given)
	if err != nil {
		return "", 0, fmt.Errorf("%s: %q is not HOST:PORT", option, given)
	}
	port, err = strconv.Atoi(digits)
	if err != nil || port < 0 || port > 65535 {
		return "", 0, fmt.Errorf("%s: %q is not a port (0 to 65535)", option, digits)
	}
	return host, port, nil
}

// units are powers of 1,024, as everywhere in this program.
var units = []struct {
	suffix string
	factor int64
}{{"TB", 1 << 40}, {"GB", 1 << 30}, {"MB", 1 << 20}, {"KB", 1 << 10}, {"B", 1}, {"", 1}}

// bytesOf reads a size such as 10GB; empty: 0.
func bytesOf(given string) (int64, error) {
	if given == "" {
		return 0, nil
	}
	for _, unit := range units {
		digits, found := strings.CutSuffix(strings.ToUpper(given), unit.suffix)
		if !found {
			continue
		}
		n, err := strconv.ParseInt(digits, 10, 64)
		if err != nil || n < 1 || n > 1<<62/unit.factor {
			break
		}
		return n * unit.factor, nil
	}
	return 0, fmt.Errorf("%q is not a size such as 500MB or 10GB", given)
}
