package text

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"io"
	"os"

	"github.com/klauspost/compress/zstd"
	"github.com/pkg/errors"
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
	f, err := os.Open(path)
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

// Lines calls each with every line of the file at path, without its end; see ScanLines, Open.
func Lines(path string, each func(line string) error) error {
	f, err := Open(path)
	if err != nil {
		return err
	}
	err = ScanLines(f, each)
	if cerr := f.Close(); err == nil {
		err = withoutPath(cerr)
	}
	return errors.Wrapf(err, "read %s", path)
}

// ReadLines returns the lines of the file at path, of at most MaxText bytes.
func ReadLines(path string) ([]string, error) {
	var lines []string
	total := 0
	err := Lines(path, func(line string) error {
		if total += len(line); total > MaxText {
			return errors.Wrapf(ErrTooLong, "more than %d bytes", MaxText)
		}
		lines = append(lines, line)
		return nil
	})
	return lines, err
}

// ScanLines calls each with every line of r, without its end: \n, \r\n or \r. A byte order mark before the
// first line goes. The first error of each ends it.
func ScanLines(r io.Reader, each func(line string) error) error {
	in := bufio.NewReaderSize(r, 1<<16)
	if mark, err := in.Peek(3); err == nil && string(mark) == "\xef\xbb\xbf" {
		if _, err := in.Discard(3); err != nil {
			return err
		}
	}
	var line []byte
	for number := 1; ; {
		part, err := in.ReadSlice('\n')
		if len(line)+len(part) > MaxLine {
			return errors.Wrapf(ErrTooLong, "line %d: more than %d bytes", number, MaxLine)
		}
		line = append(line, part...)
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil && !errors.Is(err, io.EOF) {
			if errors.Is(err, io.ErrUnexpectedEOF) {
				return errors.Wrapf(ErrTruncated, "line %d", number)
			}
			return errors.Wrapf(withoutPath(err), "line %d", number)
		}
		atEnd := err != nil
		if atEnd && len(line) == 0 {
			return nil
		}
		if !atEnd {
			line = bytes.TrimSuffix(line[:len(line)-1], []byte("\r"))
		} else {
			line = bytes.TrimSuffix(line, []byte("\r"))
		}
		for { // a lone \r ends a line too
			head, rest, more := bytes.Cut(line, []byte("\r"))
			if err := each(string(head)); err != nil {
				return err
			}
			number++
			if !more {
				break
			}
			line = rest
		}
		line = line[:0]
		if atEnd {
			return nil
		}
	}
}
