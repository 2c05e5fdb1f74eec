package cifar

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pkg/errors"
)

// Part is a part of the data set.
type Part string

// The parts.
const (
	Train Part = "train"
	Test  Part = "test"
)

const (
	side       = 32
	pixels     = 3 * side * side
	record     = 1 + pixels
	maxRecords = 60000 // of a file; the official ones have 10,000
	classes    = 10
)

// ErrTruncated tells that a file ends inside a record or inside its gzip stream.
var ErrTruncated = errors.New("file ends before the record does")

// Set is one part of CIFAR-10. It implements datasets.Dataset and is safe for use by several goroutines.
type Set struct {
	data    []byte // records, one after the other
	classes []string
}

// Open reads a part of the folder dir into memory, a byte a value.
func Open(dir string, part Part) (*Set, error) {
	s, err := open(dir, part)
	return s, errors.Wrapf(err, "read CIFAR-10 %s part of %s", part, dir)
}

func open(dir string, part Part) (*Set, error) {
	prefix, ok := map[Part]string{Train: "data_batch_", Test: "test_batch"}[part]
	if !ok {
		return nil, errors.Errorf("part %q, expected %q or %q", part, Train, Test)
	}
	files, err := batches(dir, prefix)
	if err != nil {
		return nil, err
	}
	s := &Set{}
	if s.classes, err = classNames(filepath.Join(dir, "batches.meta.txt")); err != nil {
		return nil, err
	}
	for _, name := range files {
		data, err := readBatch(filepath.Join(dir, name))
		if err != nil {
			return nil, errors.Wrap(err, name)
		}
		s.data = append(s.data, data...)
	}
	return s, nil
}

// Len returns the number of pictures.
func (s *Set) Len() int { return len(s.data) / record }

// Shape returns [3, 32, 32].
func (s *Set) Shape() []int { return []int{3, side, side} }

// Classes returns the names of the ten classes.
func (s *Set) Classes() []string { return s.classes }

// At writes picture i [3·32·32], values in [0, 1], into x; it returns its class.
func (s *Set) At(i int, x []float32) (label int, err error) {
	if i < 0 || i >= s.Len() {
		return 0, errors.Errorf("CIFAR-10: picture %d of %d", i, s.Len())
	}
	if len(x) != pixels {
		return 0, errors.Errorf("CIFAR-10: room for %d values, expected %d", len(x), pixels)
	}
	r := s.data[i*record : (i+1)*record]
	for k, v := range r[1:] {
		x[k] = float32(v) / 255
	}
	return int(r[0]), nil
}

// batches lists the files of a part, by name; of a plain file and its gzip form the plain one counts.
func batches(dir, prefix string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, withoutPath(err)
	}
	byStem := map[string]string{}
	for _, e := range entries {
		stem, ok := strings.CutSuffix(strings.TrimSuffix(e.Name(), ".gz"), ".bin")
		if !ok || !strings.HasPrefix(stem, prefix) || e.IsDir() {
			continue
		}
		if old, twice := byStem[stem]; !twice || len(e.Name()) < len(old) {
			byStem[stem] = e.Name()
		}
	}
	if prefix == "test_batch" && byStem[prefix] != "" { // the whole part, beside a cut of it
		return []string{byStem[prefix]}, nil
	}
	var files []string
	for _, name := range byStem {
		files = append(files, name)
	}
	if len(files) == 0 {
		return nil, errors.Errorf("found no %s*.bin or .bin.gz", prefix)
	}
	slices.Sort(files)
	return files, nil
}

// readBatch reads one file of records.
func readBatch(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, withoutPath(err)
	}
	defer func() { _ = f.Close() }() // only read
	return decode(f, maxRecords)
}

// decode reads records, gzip or plain, at most so many.
func decode(r io.Reader, most int64) ([]byte, error) {
	in := bufio.NewReader(r)
	var from io.Reader = in
	// a record begins with a label below 10, gzip with 0x1f
	if magic, err := in.Peek(2); err == nil && magic[0] == 0x1f && magic[1] == 0x8b {
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, errors.Wrap(err, "gzip header")
		}
		from = z
	}
	var out bytes.Buffer
	n, err := io.Copy(&out, io.LimitReader(from, most*record+1))
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, errors.Wrapf(ErrTruncated, "after %d bytes", n)
	case err != nil:
		return nil, errors.Wrapf(err, "after %d bytes", n)
	case n == 0:
		return nil, errors.Wrap(ErrTruncated, "empty file")
	case n > most*record:
		return nil, errors.Errorf("more than %d records", most)
	case n%record != 0:
		return nil, errors.Wrapf(ErrTruncated, "%d bytes are no multiple of %d, the size of a record", n, record)
	}
	data := out.Bytes()
	for i := 0; i < len(data); i += record {
		if data[i] >= classes {
			return nil, errors.Errorf("record %d: label %d, expected 0 to %d", i/record, data[i], classes-1)
		}
	}
	return data, nil
}

// classNames reads the names of the classes; a folder without them gets the known ones.
func classNames(path string) ([]string, error) {
	const limit = 1 << 16
	f, err := os.Open(path)
	if os.IsNotExist(err) {
		return []string{"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"}, nil
	}
	if err != nil {
		return nil, errors.Wrap(withoutPath(err), "batches.meta.txt")
	}
	defer func() { _ = f.Close() }() // only read
	data, err := io.ReadAll(io.LimitReader(f, limit))
	if err != nil {
		return nil, errors.Wrap(withoutPath(err), "batches.meta.txt")
	}
	names := strings.Fields(string(data))
	if len(names) != classes {
		return nil, errors.Errorf("batches.meta.txt: found %d names, expected %d", len(names), classes)
	}
	return names, nil
}

func withoutPath(err error) error {
	var pe *os.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}
