package vectors

import (
	"bufio"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/klauspost/compress/zstd"
	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/internal/atomicfile"
)

// Format is a way to write word vectors.
type Format int

// The formats.
const (
	Text        Format = iota // word2vec's text: a line "V D", then a word and its numbers a line
	GloVe                     // the same without the first line
	Binary                    // word2vec's binary: a line "V D", then words with 4-byte numbers
	Safetensors               // tensors "vectors" [V, D], "words"
)

// Save writes the table to the file path, which it replaces when all is written. A name that ends in .gz or .zst is
// packed, but for Safetensors.
func (t *Table) Save(path string, f Format) error {
	if f == Safetensors {
		return t.saveSafetensors(path)
	}
	return atomicfile.Write(path, func(w io.Writer) error {
		switch {
		case strings.HasSuffix(path, ".gz"):
			z := gzip.NewWriter(w)
			return closeAfter(t.Write(z, f), z)
		case strings.HasSuffix(path, ".zst"):
			z, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
			if err != nil {
				return errors.WithStack(err)
			}
			return closeAfter(t.Write(z, f), z)
		}
		return t.Write(w, f)
	})
}

func closeAfter(err error, c io.Closer) error {
	if cerr := c.Close(); err == nil {
		err = cerr
	}
	return err
}

// Write writes the table in a format but Safetensors. The text formats write numbers with as many digits as give them
// back exactly; Binary cannot write a word with a space.
func (t *Table) Write(w io.Writer, f Format) error {
	out := bufio.NewWriterSize(w, 1<<16)
	var err error
	switch f {
	case Text, GloVe:
		err = t.writeText(out, f == Text)
	case Binary:
		err = t.writeBinary(out)
	default:
		err = errors.Errorf("format %d cannot be written to a stream", f)
	}
	if err == nil {
		err = out.Flush()
	}
	return errors.Wrap(err, "write word vectors")
}

func (t *Table) writeText(out *bufio.Writer, header bool) error {
	if header {
		if _, err := fmt.Fprintln(out, t.Len(), t.dim); err != nil {
			return err
		}
	} else if _, _, ok := mistaken(t); ok {
		return errors.Errorf("the word %q with its only number would be read as a header", t.words[0])
	}
	var line []byte
	for i, word := range t.words {
		line = append(line[:0], word...)
		for _, x := range t.Row(i) {
			line = append(line, ' ')
			line = strconv.AppendFloat(line, float64(x), 'g', -1, 32)
		}
		if _, err := out.Write(append(line, '\n')); err != nil {
			return err
		}
	}
	return nil
}

// mistaken tells whether the first line of a file without header looks like one.
func mistaken(t *Table) (count, dim int, ok bool) {
	if t.dim != 1 {
		return 0, 0, false
	}
	return header(t.words[0] + " " + strconv.FormatFloat(float64(t.data[0]), 'g', -1, 32))
}

func (t *Table) writeBinary(out *bufio.Writer) error {
	if _, err := fmt.Fprintln(out, t.Len(), t.dim); err != nil {
		return err
	}
	var record []byte
	for i, word := range t.words {
		if strings.Contains(word, " ") {
			return errors.Errorf("the word %q has a space", word)
		}
		record = append(append(record[:0], word...), ' ')
		for _, x := range t.Row(i) {
			record = binary.LittleEndian.AppendUint32(record, math.Float32bits(x))
		}
		if _, err := out.Write(append(record, '\n')); err != nil {
			return err
		}
	}
	return nil
}
