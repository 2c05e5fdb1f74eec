package text

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"fmt"
	"io"
	"os"

	"github.com/klauspost/compress/zstd"
	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/internal/regular"
)

// Limits against files that grow when they are unpacked.
const (
	MaxLine = 64 << 20 // bytes of a line
	MaxText = 2 << 30  // bytes that ReadLines keeps
)

// Errors that callers may test for with errors.Is.
var (
	// ErrTooLong tells that a line exceeds MaxLine, or a text MaxText.
	ErrTooLong = errors.New("longer than the limit")
	// ErrTruncated tells that a compressed file ends too early.
	ErrTruncated = errors.New("file ends before its content does")
)

// Open opens a file for reading; gzip, bzip2, zstd are recognised by their content, unpacked.
func Open(path string) (io.ReadCloser, error) {
	f, err := regular.Open(path)
	if err != nil {
		return nil, errors.Wrapf(withoutPath(err), "open %s", path)
	}
	r, done, err := unpack(f)
	if err != nil {
		_ = f.Close() // the first error is the one to tell
		return nil, errors.Wrapf(err, "open %s", path)
	}
	return &unpacked{Reader: r, done: done, file: f}, nil
}

// unpacked is a file with its unpacker.
type unpacked struct {
	io.Reader
	done func()
	file *os.File
}

// Close ends the unpacker, closes the file.
func (u *unpacked) Close() error {
	u.done()
	return u.file.Close()
}

func unpack(r io.Reader) (out io.Reader, done func(), err error) {
	in := bufio.NewReaderSize(r, 1<<16)
	magic, err := in.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, nil, withoutPath(err)
	}
	nothing := func() {}
	switch {
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}):
		z, err := gzip.NewReader(in)
		return z, nothing, errors.Wrap(err, "gzip header")
	case bytes.HasPrefix(magic, []byte("BZh")):
		return bzip2.NewReader(in), nothing, nil
	case bytes.Equal(magic, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		const window = 128 << 20 // bytes of memory that a hostile file can claim
		z, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(window))
		if err != nil {
			return nil, nil, errors.Wrap(err, "zstd header")
		}
		return z, z.Close, nil
	}
	return in, nothing, nil
}

// Reader reads files of text, see [Decoder]; the functions of this package of the same names are those of its zero value.
type Reader struct {
	// Tell is called with a sentence for each thing in a file that was guessed or left out; it may be nil.
	Tell func(note string)
}

// tell hands on a note on the file at path.
func (o Reader) tell(path, format string, args ...any) {
	if o.Tell != nil {
		o.Tell(path + ": " + fmt.Sprintf(format, args...))
	}
}

// Lines calls each with every line of the file at path, without its end; see ScanLines, Open.
func Lines(path string, each func(line string) error) error { return Reader{}.Lines(path, each) }

// Lines is the function [Lines].
func (o Reader) Lines(path string, each func(line string) error) error {
	f, err := Open(path)
	if err != nil {
		return err
	}
	err = o.Scan(path, f, each)
	if cerr := f.Close(); err == nil {
		err = withoutPath(cerr)
	}
	return errors.Wrapf(err, "read %s", path)
}

// ReadLines returns the lines of the file at path, of at most MaxText bytes.
func ReadLines(path string) ([]string, error) { return Reader{}.ReadLines(path) }

// ReadLines is the function [ReadLines].
func (o Reader) ReadLines(path string) ([]string, error) {
	return readFile(path, func(r io.Reader) ([]string, error) { return o.decodeLines(path, r) })
}

func (o Reader) decodeLines(name string, r io.Reader) ([]string, error) {
	var lines []string
	total := 0
	var taken room
	err := o.Scan(name, r, func(line string) error {
		if total += len(line); total > MaxText {
			return errors.Wrapf(ErrTooLong, "more than %d bytes", MaxText)
		}
		if err := taken.take(len(line)); err != nil {
			return err
		}
		lines = append(lines, line)
		return nil
	})
	return lines, err
}

// ScanLines calls each with every line of r, without its end, as a [Decoder] reads it, in Unicode's composed form
// (NFC). The first error of each ends it.
func ScanLines(r io.Reader, each func(line string) error) error { return Reader{}.Scan("", r, each) }

// Scan is ScanLines for a text of that name.
func (o Reader) Scan(name string, r io.Reader, each func(line string) error) error {
	d := NewDecoder(r)
	err := scanPlain(d, func(line string) error { return each(NFC(line)) })
	for _, n := range d.Notes() {
		o.tell(name, "%s", n)
	}
	return err
}

// scanPlain calls each with every line of r, which ends in \n.
func scanPlain(r io.Reader, each func(line string) error) error {
	in := bufio.NewReaderSize(r, 1<<16)
	var line []byte
	for number := 1; ; number++ {
		line = line[:0]
		for {
			part, err := in.ReadSlice('\n')
			if len(line)+len(part) > MaxLine {
				return errors.Wrapf(ErrTooLong, "line %d: more than %d bytes", number, MaxLine)
			}
			line = append(line, part...)
			if errors.Is(err, bufio.ErrBufferFull) {
				continue
			}
			if errors.Is(err, io.EOF) {
				if len(line) == 0 {
					return nil
				}
				return each(string(line))
			}
			if err != nil {
				switch {
				case errors.Is(err, io.ErrUnexpectedEOF):
					return errors.Wrapf(ErrTruncated, "line %d", number)
				case errors.Is(err, ErrEncoding), errors.Is(err, ErrTruncated):
					return err
				}
				return errors.Wrapf(withoutPath(err), "line %d", number)
			}
			break
		}
		if err := each(string(line[:len(line)-1])); err != nil {
			return err
		}
	}
}
