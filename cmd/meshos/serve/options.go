// Package serve runs the server of a mesh: NATS with JetStream, embedded in this process.
package serve

import (
	"fmt"
	"net"
	"strconv"
	"time"
)

// Options are the settings of a server, as an operator gives them.
type Options struct {
	Listen  string // HOST:PORT; port 0 takes a free one
	Store   string // folder
	Sync    string // "always", or a duration in Go's words
	Verbose bool
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
	if o.Store == "" {
		return fmt.Errorf("--store: the name of a folder is missing")
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
