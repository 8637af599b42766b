package orders_test

import (
	"context"
	stded25519 "crypto/ed25519"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"netmeshos/internal/mesh/orders"
)

var (
	now  = time.UnixMilli(1_790_000_000_123)
	seed = [orders.SeedSize]byte{1, 2, 3}
	who  = orders.Who{Mesh: "prod", Node: 7, Instance: 1 << 60, Operators: [][orders.KeySize]byte{{9}, orders.PublicKey(&seed)}}
)

func order() orders.Order {
	return orders.Order{
		Mesh: "prod", Node: 7, Instance: 1 << 60, Command: orders.Stop,
		Arguments: map[string]string{orders.Daemon: "00000000000000ff", orders.GraceMS: "100"},
		Expires:   now.Add(30 * time.Second),
	}
}

func sign(t testing.TB, change func(*orders.Order)) []byte {
	t.Helper()
	o := order()
	if change != nil {
		change(&o)
	}
	message, err := orders.Sign(o, &seed)
	if err != nil {
		t.Fatal(err)
	}
	return message
}

func TestASignedOrderIsGood(t *testing.T) {
	got, key, refusal := who.Verify(sign(t, nil), now)
	if refusal != nil {
		t.Fatal(refusal)
	}
	want := order()
	want.Nonce = got.Nonce
	if !got.Expires.Equal(want.Expires) {
		t.Errorf("expires %v, want %v", got.Expires, want.Expires)
	}
	got.Expires = want.Expires
	if !reflect.DeepEqual(*got, want) {
		t.Errorf("got %+v, want %+v", *got, want)
	}
	if got.Nonce == ([orders.NonceSize]byte{}) {
		t.Error("the nonce is all zeros")
	}
	if key != orders.PublicKey(&seed) {
		t.Errorf("key %x", key)
	}
}

// Other tools make keys and signatures too.
func TestKeysAreThoseOfRFC8032(t *testing.T) {
	want := stded25519.NewKeyFromSeed(seed[:]).Public().(stded25519.PublicKey)
	if got := orders.PublicKey(&seed); !want.Equal(stded25519.PublicKey(got[:])) {
		t.Errorf("got %x, want %x", got, want)
	}
}

func TestOrdersThatAreRefused(t *testing.T) {
	other := [orders.SeedSize]byte{4}
	foreign, err := orders.Sign(order(), &other)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		rule   string
		reason orders.Reason
		data   []byte
	}{
		{"of another mesh", orders.OtherMesh, sign(t, func(o *orders.Order) { o.Mesh = "test" })},
		{"of another node", orders.OtherNode, sign(t, func(o *orders.Order) { o.Node = 8 })},
		{"of an earlier run of the node", orders.OtherInstance, sign(t, func(o *orders.Order) { o.Instance-- })},
		{"by a key that isn't an operator's", orders.UnknownKey, foreign},
		{"that ends now", orders.Expired, sign(t, func(o *orders.Order) { o.Expires = now })},
		{"for longer than a minute", orders.TooLong, sign(t, func(o *orders.Order) { o.Expires = now.Add(orders.MaxLife + time.Millisecond) })},
		{"that is no JSON", orders.Malformed, []byte("{")},
		{"that is JSON of something else", orders.OtherVersion, []byte("{}")},
		{"that is empty", orders.Malformed, nil},
		{"that is long", orders.Malformed, []byte(strings.Repeat(" ", 1<<20))},
	} {
		t.Run(c.rule, func(t *testing.T) {
			if _, _, refusal := who.Verify(c.data, now); refusal == nil || refusal.Reason != c.reason {
				t.Errorf("refusal %v, want %s", refusal, c.reason)
			}
		})
	}
	t.Run("the last moment is good", func(t *testing.T) {
		if _, _, refusal := who.Verify(sign(t, func(o *orders.Order) { o.Expires = now.Add(orders.MaxLife) }), now); refusal != nil {
			t.Error(refusal)
		}
	})
}

func TestANodeWithoutOperatorsTakesNoOrder(t *testing.T) {
	closed := who
	closed.Operators = nil
	if _, _, refusal := closed.Verify(sign(t, nil), now); refusal == nil || refusal.Reason != orders.NoOperators {
		t.Errorf("refusal %v", refusal)
	}
}

// Each field of the message is covered by the signature.
func TestAChangedFieldBreaksTheSignature(t *testing.T) {
	message := sign(t, nil)
	for field, value := range map[string]any{
		"mesh": "prod2", "node": "0000000000000008", "instance": "0000000000000001", "command": "restart",
		"arguments":  map[string]string{orders.Daemon: "00000000000000fe", orders.GraceMS: "100"},
		"expires_ms": now.Add(31 * time.Second).UnixMilli(), "nonce": strings.Repeat("0", 32),
		"signature": strings.Repeat("0", 128),
	} {
		t.Run(field, func(t *testing.T) {
			if _, _, refusal := who.Verify(changed(t, message, field, value), now); refusal == nil || refusal.Reason != orders.BadSignature {
				t.Errorf("refusal %v", refusal)
			}
		})
	}
}

func changed(t *testing.T, message []byte, field string, value any) []byte {
	t.Helper()
	var fields map[string]any
	if err := json.Unmarshal(message, &fields); err != nil {
		t.Fatal(err)
	}
	if _, found := fields[field]; !found {
		t.Fatalf("no field %q in %s", field, message)
	}
	fields[field] = value
	out, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Text that moves from one argument into another is another order.
func TestArgumentsHaveBorders(t *testing.T) {
	message := sign(t, func(o *orders.Order) {
		o.Arguments = map[string]string{orders.Daemon: "a", orders.GraceMS: "bgrace_msc"}
	})
	moved := changed(t, message, "arguments", map[string]string{orders.Daemon: "agrace_msb", orders.GraceMS: "c"})
	if _, _, refusal := who.Verify(moved, now); refusal == nil || refusal.Reason != orders.BadSignature {
		t.Errorf("refusal %v", refusal)
	}
}

func TestSignRefusesWhatNoNodeKnows(t *testing.T) {
	for rule, change := range map[string]func(*orders.Order){
		"a command":                  func(o *orders.Order) { o.Command = "format" },
		"an argument":                func(o *orders.Order) { o.Arguments["force"] = "1" },
		"a command without argument": func(o *orders.Order) { o.Arguments = nil },
	} {
		t.Run(rule, func(t *testing.T) {
			o := order()
			change(&o)
			if _, err := orders.Sign(o, &seed); err == nil {
				t.Error("signed")
			}
		})
	}
	for _, command := range orders.Commands() {
		if command == "" {
			t.Error("a command without name")
		}
	}
}

// A keeper that remembers, and fails when it is told to.
type keeper struct {
	nonces              map[string]time.Duration
	records             []orders.Record
	nonceErr, auditFail error
}

func (k *keeper) Nonce(_ context.Context, nonce string, ttl time.Duration) error {
	if k.nonceErr != nil {
		return k.nonceErr
	}
	if _, found := k.nonces[nonce]; found {
		return orders.ErrRepeated
	}
	k.nonces[nonce] = ttl
	return nil
}

func (k *keeper) Audit(_ context.Context, record []byte) error {
	if k.auditFail != nil {
		return k.auditFail
	}
	var r orders.Record
	if err := json.Unmarshal(record, &r); err != nil {
		return err
	}
	k.records = append(k.records, r)
	return nil
}

func taker() (*orders.Taker, *keeper, *[]string) {
	k := &keeper{nonces: map[string]time.Duration{}}
	var warned []string
	return &orders.Taker{Who: who, Keeper: k, Warn: func(m string) { warned = append(warned, m) }}, k, &warned
}

func TestAnOrderIsTakenOnceAndRecorded(t *testing.T) {
	tk, k, warned := taker()
	message := sign(t, nil)
	o, refusal := tk.Take(context.Background(), message, now)
	if refusal != nil || o.Command != orders.Stop {
		t.Fatalf("order %+v, refusal %v", o, refusal)
	}
	if len(k.records) != 1 || k.records[0].Command != orders.Stop || k.records[0].Arguments[orders.Daemon] != "00000000000000ff" ||
		k.records[0].Node != "0000000000000007" || k.records[0].TimeMS != now.UnixMilli() {
		t.Errorf("records %+v", k.records)
	}
	for nonce, ttl := range k.nonces {
		if left := o.Expires.Sub(now); ttl < left {
			t.Errorf("nonce %s is kept for %v, the order is good for %v", nonce, ttl, left)
		}
	}
	if _, refusal := tk.Take(context.Background(), message, now.Add(time.Second)); refusal == nil || refusal.Reason != orders.Repeated {
		t.Errorf("the second time: %v", refusal)
	}
	if len(k.records) != 1 {
		t.Errorf("%d records", len(k.records))
	}
	if tk.Taken() != 1 || tk.Refused() != 1 || len(*warned) != 1 || !strings.Contains((*warned)[0], "repeated") {
		t.Errorf("taken %d, refused %d, warned %q", tk.Taken(), tk.Refused(), *warned)
	}
}

// An order that can't be recorded isn't carried out.
func TestAnOrderThatTheMeshDoesNotKeepIsRefused(t *testing.T) {
	for rule, fail := range map[string]func(*keeper){
		"nonce":  func(k *keeper) { k.nonceErr = errors.New("down") },
		"record": func(k *keeper) { k.auditFail = errors.New("full") },
	} {
		t.Run(rule, func(t *testing.T) {
			tk, k, _ := taker()
			fail(k)
			if _, refusal := tk.Take(context.Background(), sign(t, nil), now); refusal == nil || refusal.Reason != orders.NotRecorded {
				t.Errorf("refusal %v", refusal)
			}
		})
	}
}

// Nothing of a refused order reaches the mesh.
func TestARefusedOrderLeavesNothing(t *testing.T) {
	tk, k, _ := taker()
	if _, refusal := tk.Take(context.Background(), changed(t, sign(t, nil), "node", "0000000000000009"), now); refusal == nil {
		t.Fatal("taken")
	}
	if len(k.nonces)+len(k.records) != 0 {
		t.Errorf("%d nonces, %d records", len(k.nonces), len(k.records))
	}
}

func TestReplies(t *testing.T) {
	var r orders.Reply
	if err := json.Unmarshal(orders.Done(), &r); err != nil || !r.OK || r.V != 1 {
		t.Errorf("%+v %v", r, err)
	}
	if err := json.Unmarshal((&orders.Refusal{Reason: orders.Expired, Message: "late"}).Reply(), &r); err != nil || r.OK || r.Kind != "expired" || r.Message != "late" {
		t.Errorf("%+v %v", r, err)
	}
}

func FuzzVerify(f *testing.F) {
	good := sign(f, nil)
	f.Add(good)
	f.Add([]byte("{}"))
	f.Add([]byte(`{"v":1,"mesh":"prod","arguments":{"a":null}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		o, _, refusal := who.Verify(data, now)
		if (o == nil) == (refusal == nil) {
			t.Fatalf("order %v, refusal %v", o, refusal)
		}
		if o == nil {
			return
		}
		// Nobody but the operator can make a good one, so it says what the operator said.
		want := order()
		if o.Command != want.Command || !reflect.DeepEqual(o.Arguments, want.Arguments) {
			t.Fatalf("%s gave %+v", data, o)
		}
	})
}
