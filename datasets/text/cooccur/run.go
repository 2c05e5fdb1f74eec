package cooccur

import (
	"bufio"
	"encoding/binary"
	"io"
	"os"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets/text"
	"github.com/hocsau/hocsau/internal/atomicfile"
	"github.com/hocsau/hocsau/internal/regular"
)

// Errors that callers may test for with errors.Is.
var (
	// ErrFormat tells that a file is none of this package, or damaged.
	ErrFormat = errors.New("not a file of co-occurrences")
	// ErrTruncated tells that a file ends too early.
	ErrTruncated = errors.New("file ends before its content does")
)

// A run begins with a header; then come its pairs in rising order, each as two variable-length numbers: the step from
// the key before, 1 more than the key for the first, and the count in units. The step 0 ends it.
const (
	runMagic   = "hocsauX1"
	headerSize = 8 + 4 + 4 + 4
)

type header struct {
	words, window int
	weighting     text.Weighting
}

func (h header) append(b []byte) []byte {
	b = append(b, runMagic...)
	b = binary.LittleEndian.AppendUint32(b, uint32(h.words))
	b = binary.LittleEndian.AppendUint32(b, uint32(h.window))
	return binary.LittleEndian.AppendUint32(b, uint32(h.weighting))
}

func parseHeader(b []byte) (header, error) {
	if string(b[:8]) != runMagic {
		return header{}, errors.Wrapf(ErrFormat, "begins with %q, expected %q", b[:8], runMagic)
	}
	number := func(at int) int { return int(binary.LittleEndian.Uint32(b[at:])) }
	h := header{number(8), number(12), text.Weighting(number(16))}
	o := Options{Words: h.words, Window: h.window, Weighting: h.weighting}
	if _, err := o.complete(); err != nil || h.window == 0 {
		return header{}, errors.Wrapf(ErrFormat, "header of %d words, window %d, weighting %d", h.words, h.window, h.weighting)
	}
	return h, nil
}

// writeRun writes the pairs that each gives to the file path, which appears only when it is whole.
func writeRun(path string, h header, each func(func(key, count uint64) error) error) (entries, size int64, err error) {
	err = atomicfile.Write(path, func(w io.Writer) error {
		buf := h.append(make([]byte, 0, 1<<16))
		last := uint64(0)
		err := each(func(key, count uint64) error {
			buf = binary.AppendUvarint(buf, key+1-last)
			buf = binary.AppendUvarint(buf, count)
			last = key + 1
			entries++
			if len(buf) < 1<<16-2*binary.MaxVarintLen64 {
				return nil
			}
			size += int64(len(buf))
			_, err := w.Write(buf)
			buf = buf[:0]
			return err
		})
		if err != nil {
			return err
		}
		buf = append(buf, 0)
		size += int64(len(buf))
		_, err = w.Write(buf)
		return err
	})
	return entries, size, err
}

// runReader gives the pairs of a run one after the other.
type runReader struct {
	file  *os.File
	in    *bufio.Reader
	h     header
	limit uint64 // words²

	key, count uint64 // the present pair
	last       uint64
	ended      bool
}

func openRun(path string, buffer int) (*runReader, error) {
	f, err := regular.Open(path)
	if err != nil {
		return nil, err
	}
	r, err := newRunReader(f, buffer)
	if err != nil {
		_ = f.Close() // the first error is the one to tell
		return nil, errors.Wrapf(err, "read %s", path)
	}
	r.file = f
	return r, nil
}

func newRunReader(from io.Reader, buffer int) (*runReader, error) {
	r := &runReader{in: bufio.NewReaderSize(from, buffer)}
	var b [headerSize]byte
	if _, err := io.ReadFull(r.in, b[:]); err != nil {
		return nil, short(err)
	}
	h, err := parseHeader(b[:])
	if err != nil {
		return nil, err
	}
	r.h, r.limit = h, uint64(h.words)*uint64(h.words)
	return r, nil
}

// next goes to the next pair; false at the end.
func (r *runReader) next() (bool, error) {
	if r.ended {
		return false, nil
	}
	step, err := binary.ReadUvarint(r.in)
	if err != nil {
		return false, short(err)
	}
	if step == 0 {
		r.ended = true
		return false, nil
	}
	r.count, err = binary.ReadUvarint(r.in)
	if err != nil {
		return false, short(err)
	}
	w := uint64(r.h.words)
	if step > r.limit-r.last || r.count == 0 {
		return false, errors.Wrapf(ErrFormat, "a pair with the step %d, the count %d", step, r.count)
	}
	r.last += step
	r.key = r.last - 1
	if r.key/w > r.key%w {
		return false, errors.Wrapf(ErrFormat, "the pair (%d, %d) stands below the diagonal", r.key/w, r.key%w)
	}
	return true, nil
}

func (r *runReader) close() {
	if r.file != nil {
		_ = r.file.Close() // only read
	}
}

// short turns the end of the input into ErrTruncated.
func short(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return ErrTruncated
	}
	return err
}
