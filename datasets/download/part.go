package download

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/internal/atomicfile"
	"github.com/hocsau/hocsau/internal/regular"
)

// part is what is there of a file that is not whole yet: the bytes, and
// beside them a note of where they come from.
type part struct {
	path, note string
	lock       string // whose turn it is
	have       string // what was fetched
}

// origin is the content of the note.
type origin struct {
	URL       string `json:"url"`
	Validator string `json:"validator"` // strong ETag, else Last-Modified, else empty
}

// longestNote is the most bytes of a note.
const longestNote = 1 << 16

// newPart returns the part of the file path. Its names begin with a dot, so
// that nobody takes it for the file.
func newPart(path string) *part {
	dir, base := filepath.Split(path)
	begin := filepath.Join(dir, "."+base)
	return &part{path: begin + ".part", note: begin + ".part.json", lock: begin + ".lock", have: begin + ".have.json"}
}

// offset returns how many bytes of p an answer from url may continue. With a
// checksum any mirror may; without one only the server that can promise that
// the file is still the same.
func (p *part) offset(url string, checked bool) int64 {
	info, err := os.Lstat(p.path)
	if err != nil || !info.Mode().IsRegular() {
		return 0
	}
	from := p.origin()
	if !checked && (from.URL != url || from.Validator == "") {
		return 0
	}
	return info.Size()
}

// origin reads the note; an unreadable one says nothing.
func (p *part) origin() origin {
	var o origin
	data, err := regular.ReadFile(p.note, longestNote)
	if err != nil || json.Unmarshal(data, &o) != nil {
		return origin{}
	}
	return o
}

// ask adds to a request that only the bytes from offset on are wanted, as
// long as the file is the one that p is a part of (RFC 9110 §13.1.5, §14.2).
func (p *part) ask(req *http.Request, url string, offset int64) {
	if offset == 0 {
		return
	}
	req.Header.Set("Range", fmt.Sprintf("bytes=%d-", offset))
	if from := p.origin(); from.URL == url && from.Validator != "" {
		req.Header.Set("If-Range", from.Validator)
	}
}

// open opens p for writing at offset and notes where the bytes come from.
func (p *part) open(url string, h http.Header, offset int64) (*os.File, error) {
	validator := h.Get("ETag")
	if validator == "" || strings.HasPrefix(validator, "W/") { // a weak tag does not vouch for each byte
		validator = h.Get("Last-Modified")
	}
	note, err := json.Marshal(origin{URL: url, Validator: validator})
	if err != nil {
		return nil, err
	}
	f, err := regular.OpenToWrite(p.path, 0o644)
	if err != nil {
		return nil, err
	}
	if err = f.Truncate(offset); err == nil {
		_, err = f.Seek(offset, io.SeekStart)
	}
	if err == nil {
		err = atomicfile.WriteBytes(p.note, note)
	}
	if err != nil {
		return nil, errors.WithMessage(closeWith(f, err), "keep what arrives")
	}
	return f, nil
}

// closeWith closes f after err happened and returns err.
func closeWith(f *os.File, err error) error {
	_ = f.Close() // the first error is the one that counts
	return err
}

// finish puts the whole file in its place, and beside it what Check looks at.
func (p *part) finish(f File) error {
	out, err := regular.OpenToWrite(p.path, 0o644)
	if err != nil {
		return err
	}
	info, err := out.Stat()
	if err == nil {
		err = out.Sync()
	}
	if err != nil {
		return closeWith(out, err)
	}
	if err := out.Close(); err != nil {
		return err
	}
	have, err := json.Marshal(File{Size: info.Size(), Sum: f.Sum})
	if err != nil {
		return err
	}
	if err := atomicfile.WriteBytes(p.have, have); err != nil {
		return err
	}
	if err := os.Rename(p.path, f.Path); err != nil {
		return err
	}
	return removeIfThere(p.note)
}

// discard removes the part.
func (p *part) discard() error {
	if err := removeIfThere(p.path); err != nil {
		return err
	}
	return removeIfThere(p.note)
}

func removeIfThere(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// answer says at which offset the body of resp begins and how long the whole
// file is, -1 when unknown. A part that the server does not know how to
// continue is discarded.
func answer(resp *http.Response, p *part, asked int64) (offset, total int64, err error) {
	switch resp.StatusCode {
	case http.StatusOK:
		return 0, resp.ContentLength, nil
	case http.StatusPartialContent:
		first, total, err := contentRange(resp.Header.Get("Content-Range"))
		if err != nil {
			return 0, 0, err
		}
		if first != asked {
			return 0, 0, errors.Errorf("bytes from %d on received, asked for those from %d on", first, asked)
		}
		return first, total, nil
	case http.StatusRequestedRangeNotSatisfiable:
		if err := p.discard(); err != nil {
			return 0, 0, err
		}
		return 0, 0, &retry{errors.New(resp.Status)}
	case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return 0, 0, &retry{errors.New(resp.Status)}
	}
	return 0, 0, errors.New(resp.Status)
}

// contentRange reads "bytes FIRST-LAST/TOTAL", where TOTAL may be "*".
func contentRange(s string) (first, total int64, err error) {
	span, whole, ok := strings.Cut(strings.TrimPrefix(s, "bytes "), "/")
	from, to, ok2 := strings.Cut(span, "-")
	first, err = strconv.ParseInt(from, 10, 64)
	last, err2 := strconv.ParseInt(to, 10, 64)
	total = -1
	var err3 error
	if whole != "*" {
		total, err3 = strconv.ParseInt(whole, 10, 64)
	}
	if !ok || !ok2 || err != nil || err2 != nil || err3 != nil || first < 0 || last < first || (total >= 0 && last >= total) {
		return 0, 0, errors.Errorf("Content-Range %q, expected bytes FIRST-LAST/TOTAL", s)
	}
	return first, total, nil
}
