package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"time"

	meshos "netmeshos/runtime"
)

// position is how much of a text has been counted.
type position struct {
	lines, bytes int64
}

// feed posts the lines of a text to a daemon.
type feed struct {
	sdk      *meshos.SDK
	to       uint64
	position position // after the last line that was posted
}

const (
	batchLines = 256                    // that are posted at once, which costs less for each
	roomAgain  = 100 * time.Millisecond // how long to wait for room before looking whether to stop
)

// all posts lines until the text ends, which it reports, ctx is done, or so
// many have been posted; 0 is no limit.
func (f *feed) all(ctx context.Context, text io.Reader, limit int64) (whole bool, err error) {
	r := bufio.NewReaderSize(text, 1<<16)
	for posted := int64(0); ctx.Err() == nil; {
		most := int64(batchLines)
		if limit > 0 {
			most = min(most, limit-posted)
		}
		if most == 0 {
			_, err := r.Peek(1)
			return err == io.EOF, nil
		}
		batch, size, err := f.read(r, int(most))
		if err != nil && err != io.EOF {
			return false, err
		}
		if err := f.post(batch); err != nil {
			return false, err
		}
		posted += int64(len(batch))
		f.position.lines += int64(len(batch))
		f.position.bytes += size
		if err == io.EOF {
			return true, nil
		}
	}
	return false, nil
}

// read returns the next lines, at most so many, and their size. The error is
// io.EOF with the last of them.
func (f *feed) read(r *bufio.Reader, most int) (batch []meshos.InboundEvent, size int64, err error) {
	for len(batch) < most {
		line, err := r.ReadBytes('\n')
		if len(line) > 0 {
			size += int64(len(line))
			number := uint64(f.position.lines) + uint64(len(batch)) + 1
			batch = append(batch, meshos.InboundEvent{Sequence: number, Payload: line})
		}
		if err != nil {
			return batch, size, err
		}
	}
	return batch, size, nil
}

// post posts all of a batch, waiting while the daemon's inbox is full. The
// splitter is as slow as the counter: while that one's inbox is full, it
// processes nothing.
func (f *feed) post(batch []meshos.InboundEvent) error {
	for {
		n, err := f.sdk.Post(f.to, batch)
		if !errors.Is(err, &meshos.Error{Kind: meshos.KindQueueFull}) {
			return err
		}
		batch = batch[n:]
		err = f.sdk.Flush(f.to, roomAgain)
		if err != nil && !errors.Is(err, &meshos.Error{Kind: meshos.KindTimeout}) {
			return err
		}
	}
}
