//go:build mesh

package mesh

import (
	"math/rand/v2"
	"sync"
	"time"
)

// parcels keeps what doesn't fit one message until its parts have been sent, or have come. The zero
// value is empty.
type parcels struct {
	mu  sync.Mutex // guards what follows
	all map[uint64]*parcel
}

type parcel struct {
	data []byte
	size int // once it is whole
	over *time.Timer
}

// kept is how long a parcel is kept after its last part.
const kept = time.Minute

// mostParcels bounds how many there are, and mostParcel how long one is.
const (
	mostParcels = 64
	mostParcel  = 1 << 30
)

// add keeps something to be fetched; false: too much is kept.
func (p *parcels) add(data []byte) (number uint64, ok bool) {
	number = rand.Uint64() | 1
	return number, p.put(number, &parcel{data: data, size: len(data)})
}

func (p *parcels) put(number uint64, k *parcel) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.all) >= mostParcels {
		return false
	}
	if p.all == nil {
		p.all = map[uint64]*parcel{}
	}
	k.over = time.AfterFunc(kept, func() { p.take(number) })
	p.all[number] = k
	return true
}

// part returns a part of what is kept, and forgets all of it with the last one.
func (p *parcels) part(number uint64, offset, most int) ([]byte, bool) {
	p.mu.Lock()
	k := p.all[number]
	p.mu.Unlock()
	if k == nil || offset < 0 || offset > len(k.data) {
		return nil, false
	}
	end := min(len(k.data), offset+most)
	if end == len(k.data) {
		p.take(number)
	} else {
		k.over.Reset(kept)
	}
	return k.data[offset:end], true
}

// append adds a part that has come. Parts come in order; one that comes twice changes nothing.
func (p *parcels) append(number uint64, offset, size int, part []byte) bool {
	if size > mostParcel || offset < 0 || offset+len(part) > size {
		return false
	}
	if offset == 0 && !p.has(number) && !p.put(number, &parcel{size: size}) {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	k := p.all[number]
	if k == nil || k.size != size || offset > len(k.data) {
		return false
	}
	if offset == len(k.data) {
		k.data = append(k.data, part...)
	}
	k.over.Reset(kept)
	return true
}

func (p *parcels) has(number uint64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.all[number] != nil
}

// take removes a parcel and returns what it has, if that is all.
func (p *parcels) take(number uint64) ([]byte, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	k := p.all[number]
	if k == nil {
		return nil, false
	}
	delete(p.all, number)
	k.over.Stop()
	return k.data, len(k.data) == k.size
}

// close drops all that is kept.
func (p *parcels) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, k := range p.all {
		k.over.Stop()
	}
	p.all = nil
}
