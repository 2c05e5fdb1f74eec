package download

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/internal/regular"
)

// Errors of this package, to be tested with errors.Is.
var (
	// ErrOffline means that a file is missing and the network may not be used.
	ErrOffline = errors.New("offline")
	// ErrChecksum means that the content is not the one that was asked for.
	ErrChecksum = errors.New("wrong checksum")
)

// attempts is how often one mirror is asked before the next one has its turn.
// An attempt goes on where the one before broke off.
const attempts = 3

// File is a file to have at Path.
type File struct {
	Path string   // where it shall lie
	URLs []string // mirrors, tried in this order
	Sum  string   // "sha256:HEX", or its first digits, or "md5:HEX"; empty: the content is not checked
	Size int64    // bytes, 0 when not known; a longer answer is broken off
}

// Options says how to fetch.
type Options struct {
	Client  *http.Client  // nil means http.DefaultClient
	Offline bool          // do not use the network
	Stall   time.Duration // give up an answer that stands still so long, 0 means 30 s

	// Progress, if any, is called with the bytes that lie in the file and
	// the bytes of the whole, or -1 when that is not known.
	Progress func(done, total int64)
}

// Fetch makes sure that the file lies at f.Path. A file that is there with
// the right checksum (without one: any) stays as it is. Otherwise the mirrors
// are tried in turn, three times each; the error tells what each answered.
//
// Of several fetches of one path, in one process or in many, one has its turn and
// the others wait for it.
func Fetch(ctx context.Context, f File, o Options) error {
	if o.Client == nil {
		o.Client = http.DefaultClient
	}
	if o.Stall == 0 {
		o.Stall = 30 * time.Second
	}
	name := filepath.Base(f.Path)
	sum, err := parseSum(f.Sum)
	if err != nil {
		return errors.Wrapf(err, "download %s", name)
	}
	present, err := sum.matchFile(f.Path)
	if err != nil {
		return errors.Wrapf(err, "download %s", name)
	}
	if present {
		return nil
	}
	if o.Offline {
		return errors.Wrapf(ErrOffline, "%s is not there, its download from %s is refused", f.Path, strings.Join(f.URLs, ", "))
	}
	if len(f.URLs) == 0 {
		return errors.Errorf("download %s: no address is known", name)
	}
	if err := os.MkdirAll(filepath.Dir(f.Path), 0o755); err != nil {
		return errors.Wrapf(err, "download %s", name)
	}
	p := newPart(f.Path)
	turn := flock.New(p.lock, flock.SetPermissions(0o644))
	if _, err := turn.TryLockContext(ctx, between); err != nil {
		return errors.Wrapf(err, "download %s", name)
	}
	defer func() { _ = turn.Unlock() }() // the end of the process does it too
	if present, err = sum.matchFile(f.Path); present {
		return nil // by the one that had its turn before
	}
	if err == nil {
		err = fetch(ctx, f, p, sum, o)
	}
	if err == nil {
		// Those that wait find the file; where the system keeps a locked file, it stays.
		_ = os.Remove(p.lock)
	}
	return err
}

// between is the time between two looks at whether it is one's turn.
const between = 100 * time.Millisecond

// Check returns an error where the file at path was fetched and is not what it
// was: its size, then its checksum. Files of another origin are not looked at.
func Check(path string) error {
	p := newPart(path)
	b, err := regular.ReadFile(p.have, longestNote)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var f File
	if err == nil {
		err = json.Unmarshal(b, &f)
	}
	if err != nil {
		return errors.Wrapf(err, "check %s", path)
	}
	sum, err := parseSum(f.Sum)
	if err != nil {
		return errors.Wrapf(err, "check %s", path)
	}
	info, err := os.Stat(path)
	if err != nil {
		return errors.WithStack(err)
	}
	if info.Size() != f.Size {
		return errors.Errorf("%s has %d bytes, %d were downloaded", path, info.Size(), f.Size)
	}
	return errors.Wrap(sum.check(path), path)
}

// fetch asks the mirrors in turn.
func fetch(ctx context.Context, f File, p *part, sum checksum, o Options) error {
	name := filepath.Base(f.Path)
	var said []string
	var last error
	for _, mirror := range f.URLs {
		last = fetchFrom(ctx, mirror, p, f, sum, o)
		if last == nil {
			return errors.Wrapf(p.finish(f), "download %s", name)
		}
		if ctx.Err() != nil {
			return errors.Wrapf(ctx.Err(), "download %s from %s", name, mirror)
		}
		var local *os.PathError
		if errors.As(last, &local) || errors.Is(last, regular.ErrKind) { // a full or read-only disk: no mirror will help
			return errors.Wrapf(last, "download %s", name)
		}
		said = append(said, mirror+": "+plainly(last))
	}
	if len(said) == 1 {
		return &refused{"download " + name + " from " + said[0], last}
	}
	return &refused{fmt.Sprintf("download %s: no mirror of %d has it (%s)", name, len(said), strings.Join(said, "; ")), last}
}

// refused is what the mirrors said, and the error of the last one.
type refused struct {
	said string
	last error
}

// Error returns what was said.
func (r *refused) Error() string { return r.said }

// Unwrap returns the error of the last mirror.
func (r *refused) Unwrap() error { return r.last }

// plainly returns an error without the address, which stands beside it, and the
// path of calls down to the name that was not found.
func plainly(err error) string {
	var name *net.DNSError
	var address *url.Error
	switch {
	case errors.As(err, &name):
		return name.Err
	case errors.As(err, &address):
		return address.Err.Error()
	}
	return err.Error()
}

// fetchFrom fills p from one mirror and checks the content.
func fetchFrom(ctx context.Context, url string, p *part, f File, sum checksum, o Options) error {
	var err error
	for range attempts {
		var resumed bool
		resumed, err = request(ctx, url, p, f, o)
		if err == nil {
			if err = sum.check(p.path); err == nil {
				return nil
			}
			// The part cannot be trusted. If some of it is from an earlier
			// time, this mirror may yet be right.
			if discard := p.discard(); discard != nil {
				return discard
			}
			if resumed && errors.Is(err, ErrChecksum) {
				continue
			}
			return err
		}
		if ctx.Err() != nil || !temporary(err) {
			return err
		}
	}
	return err
}

// request asks url once for what is missing in p. resumed says that the part
// held bytes from an earlier request that the answer continued.
func request(ctx context.Context, url string, p *part, f File, o Options) (resumed bool, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stall := time.AfterFunc(o.Stall, func() {
		cancel(&retry{errors.Errorf("no byte for %v", o.Stall)})
	})
	defer stall.Stop()

	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false, err
	}
	// The bytes of a .gz file are wanted as they are stored.
	req.Header.Set("Accept-Encoding", "identity")
	offset := p.offset(url, f.Sum != "")
	if f.Size > 0 && offset > f.Size {
		offset = 0
	}
	if f.Size > 0 && offset == f.Size {
		return true, nil // whole already, as a kill before the rename leaves it
	}
	p.ask(req, url, offset)
	resp, err := o.Client.Do(req)
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			return false, cause
		}
		return false, &retry{err}
	}
	defer func() { _ = resp.Body.Close() }() // read only: nothing to lose
	offset, total, err := answer(resp, p, offset)
	if err != nil {
		return false, err
	}
	if f.Size > 0 && total >= 0 && total != f.Size {
		return false, errors.Errorf("%d bytes offered, expected %d", total, f.Size)
	}
	out, err := p.open(url, resp.Header, offset)
	if err != nil {
		return false, err
	}
	body := &reader{r: resp.Body, stall: stall, wait: o.Stall, done: offset, total: total, limit: f.Size, progress: o.Progress}
	_, err = io.Copy(out, body)
	if closeErr := out.Close(); err == nil {
		err = closeErr
	}
	if err == nil && total >= 0 && body.done != total {
		err = &retry{io.ErrUnexpectedEOF}
	}
	switch {
	case temporary(err) && total >= 0:
		err = errors.Wrapf(err, "after %d of %d bytes", body.done, total)
	case temporary(err):
		err = errors.Wrapf(err, "after %d bytes", body.done)
	}
	if err == nil && f.Size > 0 && body.done != f.Size {
		err = errors.Errorf("%d bytes received, expected %d", body.done, f.Size)
	}
	if cause := context.Cause(ctx); err != nil && cause != nil {
		err = cause
	}
	return offset > 0, err
}

// reader counts, reports and bounds what passes.
type reader struct {
	r           io.Reader
	stall       *time.Timer
	wait        time.Duration
	done, total int64
	limit       int64 // 0: none
	progress    func(done, total int64)
}

// Read reads from the answer. Its errors, unlike those of the file that is
// written, are worth another attempt.
func (r *reader) Read(b []byte) (int, error) {
	n, err := r.r.Read(b)
	if n > 0 {
		r.stall.Reset(r.wait)
		r.done += int64(n)
		if r.limit > 0 && r.done > r.limit {
			return 0, errors.Errorf("more than the expected %d bytes received", r.limit)
		}
		if r.progress != nil {
			r.progress(r.done, r.total)
		}
	}
	if err != nil && err != io.EOF {
		err = &retry{err}
	}
	return n, err
}

// retry marks an error after which the same mirror may be asked again.
type retry struct{ err error }

// Error returns the message of the error.
func (r *retry) Error() string { return r.err.Error() }

// Unwrap returns the error.
func (r *retry) Unwrap() error { return r.err }

func temporary(err error) bool {
	var r *retry
	return errors.As(err, &r)
}
