package serve_test

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"netmeshos/cmd/meshos/serve"
)

const (
	postsTo   = "meshos.test.ev.0.00000000000000ff.in"
	commitsTo = "meshos.test.ev.0.00000000000000ff.log"
)

// events makes the stream of a mesh.
func events(t *testing.T, url string, options ...nats.Option) nats.JetStreamContext {
	t.Helper()
	js, err := connect(t, url, options...).JetStream()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := js.AddStream(&nats.StreamConfig{Name: "E", Subjects: []string{"meshos.test.ev.>"}}); err != nil {
		t.Fatal(err)
	}
	return js
}

// fill posts until it is refused, and returns how many were taken.
func fill(t *testing.T, js nats.JetStreamContext) (posted int) {
	t.Helper()
	envelope := make([]byte, 256<<10)
	for end := time.Now().Add(deadline); time.Now().Before(end); posted++ {
		_, err := js.Publish(postsTo, envelope)
		if err == nil {
			continue
		}
		var api *nats.APIError
		if !errors.As(err, &api) || api.ErrorCode != 10047 {
			t.Fatalf("after %d posts: %v", posted, err)
		}
		return posted
	}
	t.Fatal("posts are never refused")
	return 0
}

// A store that is full takes what makes room, and then posts again.
func fullAndBack(t *testing.T, js nats.JetStreamContext) {
	t.Helper()
	posted := fill(t, js)
	info, err := js.StreamInfo("E")
	if err != nil || info.State.Msgs != uint64(posted) {
		t.Fatalf("%d were accepted, stored are %+v, %v", posted, info, err)
	}
	for range 10 {
		if _, err := js.Publish(commitsTo, make([]byte, 50<<10)); err != nil {
			t.Fatalf("a commit: %v", err)
		}
	}
	if err := js.PurgeStream("E", &nats.StreamPurgeRequest{Subject: postsTo}); err != nil {
		t.Fatalf("a purge: %v", err)
	}
	untilTaken(t, js)
}

// untilTaken posts until a post is taken, and leaves the stream empty.
func untilTaken(t *testing.T, js nats.JetStreamContext) {
	t.Helper()
	for end := time.Now().Add(deadline); ; {
		if _, err := js.Publish(postsTo, []byte("again")); err == nil {
			break
		} else if time.Now().After(end) {
			t.Fatalf("there is room: %v", err)
		}
	}
	if err := js.PurgeStream("E"); err != nil {
		t.Fatal(err)
	}
}

func TestPostsAreRefusedBeforeTheStoreIsFull(t *testing.T) {
	for rule, c := range map[string]struct {
		set     func(*serve.Options)
		options []nats.Option
	}{
		"anybody":    {func(*serve.Options) {}, nil},
		"with token": {func(o *serve.Options) { o.Token = "open" }, []nats.Option{nats.Token("open")}},
		"with users": {func(o *serve.Options) {
			o.Users = o.Store + ".conf"
			if err := os.WriteFile(o.Users, []byte(`authorization { users: [{user: ann, password: a}] }`), 0o600); err != nil {
				t.Fatal(err)
			}
		}, []nats.Option{nats.UserInfo("ann", "a")}},
	} {
		t.Run(rule, func(t *testing.T) {
			o := options(t)
			o.Max = "64MB"
			c.set(&o)
			s := start(t, o)
			fullAndBack(t, events(t, s.url, c.options...))
			if log := s.log.String(); !strings.Contains(log, "posts are refused") || !strings.Contains(log, "has room again") {
				t.Error(log)
			}
		})
	}
}

// Other subjects have nothing to do with posts.
func TestOnlyPostsAreRefused(t *testing.T) {
	o := options(t)
	o.Max = "64MB"
	js := events(t, start(t, o).url)
	fill(t, js)
	for _, subject := range []string{"meshos.test.ev.0.00000000000000ff.dead", "meshos.test.ev.0.00000000000000ff.state"} {
		if _, err := js.Publish(subject, []byte("x")); err != nil {
			t.Errorf("%s: %v", subject, err)
		}
	}
}

// tmpfs mounts a small file system. Where that isn't allowed the test is skipped, or fails if nothing may be skipped.
func tmpfs(t *testing.T, size string) string {
	dir := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size="+size, "none", dir).CombinedOutput(); err != nil {
		t.Skipf("no tmpfs can be mounted here: %s", out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", "-l", dir).CombinedOutput(); err != nil {
			t.Errorf("umount: %s", out)
		}
	})
	return dir
}

func TestPostsAreRefusedBeforeTheDiskIsFull(t *testing.T) {
	o := options(t)
	o.Store = tmpfs(t, "64m")
	s := start(t, o)
	js := events(t, s.url)
	for range 3 {
		fullAndBack(t, js)
	}
	if log := s.log.String(); strings.Contains(log, "no space") {
		t.Error(log)
	}
}

// What others put on the disk counts too.
func TestPostsAreRefusedWhenTheDiskFillsUpOtherwise(t *testing.T) {
	o := options(t)
	o.Store = tmpfs(t, "64m")
	js := events(t, start(t, o).url)
	if err := os.WriteFile(o.Store+"/other", make([]byte, 60<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	fill(t, js)
	if _, err := js.Publish(commitsTo, []byte("x")); err != nil {
		t.Errorf("a commit: %v", err)
	}
	if err := os.Remove(o.Store + "/other"); err != nil {
		t.Fatal(err)
	}
	untilTaken(t, js)
	fullAndBack(t, js)
}

func TestADiskThatIsTooSmallIsRefused(t *testing.T) {
	o := options(t)
	o.Store = tmpfs(t, "8m")
	if why := refused(t, o); !strings.Contains(why, "there is no space") || !strings.Contains(why, o.Store) {
		t.Error(why)
	}
}

// A store that is full of events must start again: that is how they are processed.
func TestAFullStoreStartsAgain(t *testing.T) {
	o := options(t)
	o.Store = tmpfs(t, "64m")
	s := start(t, o)
	posted := fill(t, events(t, s.url))
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	js := events(t, start(t, o).url)
	info, err := js.StreamInfo("E")
	if err != nil || info.State.Msgs != uint64(posted) {
		t.Fatalf("%d were accepted, stored are %+v, %v", posted, info, err)
	}
	fill(t, js)
	if err := js.PurgeStream("E"); err != nil {
		t.Fatal(err)
	}
	untilTaken(t, js)
	fullAndBack(t, js)
}
