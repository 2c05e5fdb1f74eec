package vectors

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets/text"
)

// MaxWord is the most bytes that a word may have.
const MaxWord = 1 << 16

// Errors that callers may test for with errors.Is.
var (
	// ErrFormat tells that a file holds no word vectors.
	ErrFormat = errors.New("not a file of word vectors")
	// ErrTruncated tells that a file ends before its vectors do.
	ErrTruncated = text.ErrTruncated
)

// Open reads a file of word vectors of any format of this package.
func Open(path string) (*Table, error) { return Reader{}.Open(path) }

// Reader reads files of word vectors and of lists of words; the functions of this package of the same names are those of
// its zero value.
type Reader struct {
	// Tell is called with a sentence for each thing in a file that was guessed; it may be nil.
	Tell func(note string)
}

// Open is the function [Open].
func (o Reader) Open(path string) (*Table, error) {
	if t, ok, err := openSafetensors(path); ok {
		return t, err
	}
	f, err := text.Open(path)
	if err != nil {
		return nil, err
	}
	t, notes, err := read(f)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return nil, errors.Wrapf(err, "read %s", path)
	}
	if o.Tell != nil {
		for _, n := range notes {
			o.Tell(path + ": " + n)
		}
	}
	return t, nil
}

// Read reads word vectors in word2vec's text or binary format or GloVe's text. Text is read as by [text.Decoder], words
// are in Unicode's composed form (NFC).
func Read(r io.Reader) (*Table, error) {
	t, _, err := read(r)
	return t, err
}

func read(r io.Reader) (*Table, []string, error) {
	raw := bufio.NewReaderSize(r, 1<<16)
	if count, dim, ok := binaryHeader(raw); ok {
		if err := checkHeader(count, dim); err != nil {
			return nil, nil, err
		}
		if _, err := readLine(raw); err != nil {
			return nil, nil, err
		}
		t := &Table{index: map[string]int{}, dim: dim}
		if err := t.readBinary(raw, count); err != nil {
			return nil, nil, err
		}
		return t, nil, nil
	}
	d := text.NewDecoder(raw)
	t, err := readTexts(bufio.NewReaderSize(d, 1<<16))
	if err != nil {
		return nil, nil, err
	}
	return t, d.Notes(), nil
}

// readTexts reads the formats that are text. A file of GloVe begins with a word and its vector, one of word2vec with a
// line of two numbers.
func readTexts(in *bufio.Reader) (*Table, error) {
	first, err := readLine(in)
	if errors.Is(err, io.EOF) {
		return nil, errors.Wrap(ErrFormat, "the file is empty")
	}
	if err != nil {
		return nil, err
	}
	if first == "" {
		return nil, errors.Wrap(ErrFormat, "the first line is empty")
	}
	count, dim, ok := header(first)
	if !ok {
		t := &Table{index: map[string]int{}, dim: numbersBehind(first)}
		return t, t.readText(in, first)
	}
	if err := checkHeader(count, dim); err != nil {
		return nil, err
	}
	t := &Table{index: map[string]int{}, dim: dim}
	if err := t.readText(in, ""); err != nil {
		return nil, err
	}
	return t, t.complete(count)
}

// complete checks that the file held as many vectors as its header says.
func (t *Table) complete(count int) error {
	if n := t.Len() + t.repeated; n != count {
		return errors.Wrapf(ErrFormat, "the header claims %d vectors, found %d", count, n)
	}
	return nil
}

func checkHeader(count, dim int) error {
	if count < 1 || dim < 1 || dim > MaxDim {
		return errors.Wrapf(ErrFormat, "header of %d vectors of %d numbers, expected at least 1, at most %d numbers", count, dim, MaxDim)
	}
	return nil
}

// binaryHeader returns what the first line of word2vec's binary format says; ok is false where a text follows.
func binaryHeader(in *bufio.Reader) (count, dim int, ok bool) {
	b, _ := in.Peek(in.Size()) // an error comes again when it is read
	line, rest, ended := bytes.Cut(b, []byte("\n"))
	if !ended || len(line) > 64 {
		return 0, 0, false
	}
	count, dim, ok = header(strings.TrimRight(string(line), "\r"))
	if !ok || dim < 1 || dim > MaxDim {
		return 0, 0, false
	}
	return count, dim, !isText(rest, dim)
}

// header parses a line of two whole numbers.
func header(line string) (count, dim int, ok bool) {
	f := fields(line)
	if len(f) != 2 {
		return 0, 0, false
	}
	count, err := strconv.Atoi(f[0])
	if err != nil {
		return 0, 0, false
	}
	dim, err = strconv.Atoi(f[1])
	return count, dim, err == nil
}

// isText tells whether a word and then characters of numbers follow, which the bytes of 4-byte numbers hardly ever are,
// or a whole line that has a word with spaces.
func isText(b []byte, dim int) bool {
	line, _, ended := bytes.Cut(b, []byte("\n"))
	_, behind, ok := bytes.Cut(b, []byte(" "))
	if !ok {
		return true // and readText will say what is wrong
	}
	if looksText(behind[:min(len(behind), 16)]) {
		return true
	}
	trial := &Table{index: map[string]int{}, dim: dim}
	return ended && trial.parse(strings.TrimRight(string(line), " \t\r"), make([]float32, dim)) == nil
}

// looksText tells whether all bytes up to the end of a line are those of numbers.
func looksText(b []byte) bool {
	line, _, _ := bytes.Cut(b, []byte("\n"))
	for _, c := range line {
		if strings.IndexByte("0123456789+-.eE \tnaifNAIF\r", c) < 0 {
			return false
		}
	}
	return len(line) > 0
}

// numbersBehind returns how many numbers stand behind the word of a line, which may have spaces.
func numbersBehind(line string) int {
	f := fields(line)
	n := 0
	for n < len(f)-1 && number(f[len(f)-1-n]) {
		n++
	}
	return n
}

// fields splits a line at spaces and tabs alone: other white space may be a word.
func fields(line string) []string {
	return strings.FieldsFunc(line, func(c rune) bool { return c == ' ' || c == '\t' })
}

// readLine reads a line without its end, of at most MaxWord bytes of a word and 64 for each number.
func readLine(in *bufio.Reader) (string, error) {
	const most = MaxWord + 64*MaxDim
	var line []byte
	for {
		part, err := in.ReadSlice('\n')
		if len(line)+len(part) > most {
			return "", errors.Wrapf(text.ErrTooLong, "a line of more than %d bytes", most)
		}
		line = append(line, part...)
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF) && len(line) == 0:
			return "", io.EOF
		case err != nil && !errors.Is(err, io.EOF):
			return "", short(err)
		}
		return strings.TrimRight(string(line), "\r\n"), nil
	}
}

// short turns the end of the input into ErrTruncated.
func short(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return ErrTruncated
	}
	return err
}

// readText reads lines of a word and its numbers; line is the first where it was read already.
func (t *Table) readText(in *bufio.Reader, line string) error {
	if t.dim < 1 || t.dim > MaxDim {
		return errors.Wrapf(ErrFormat, "line 1: %d numbers behind a word, expected 1 to %d", t.dim, MaxDim)
	}
	row := make([]float32, t.dim)
	for number := 1; ; number++ {
		var err error
		if line == "" {
			line, err = readLine(in)
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return errors.Wrapf(err, "line %d", number)
		}
		if line = strings.TrimRight(line, " \t"); line == "" {
			continue
		}
		if err := t.parse(line, row); err != nil {
			return errors.Wrapf(err, "vector %d", number)
		}
		line = ""
	}
	if t.Len() == 0 {
		return errors.Wrap(ErrFormat, "found no vector")
	}
	return nil
}

// parse reads a line from its end, because a word may have spaces.
func (t *Table) parse(line string, row []float32) error {
	whole := line
	for j := t.dim - 1; j >= 0; j-- {
		at := strings.LastIndexAny(line, " \t")
		if at <= 0 {
			return errors.Wrapf(ErrFormat, "%.40q: %d numbers, expected %d behind a word", whole, t.dim-1-j, t.dim)
		}
		x, err := strconv.ParseFloat(line[at+1:], 32)
		if err != nil {
			return errors.Wrapf(ErrFormat, "%.40q: number %d is %.20q", whole, j, line[at+1:])
		}
		row[j] = float32(x)
		line = strings.TrimRight(line[:at], " \t")
	}
	if len(line) > MaxWord {
		return errors.Wrapf(text.ErrTooLong, "a word of %d bytes, at most %d", len(line), MaxWord)
	}
	if f := fields(line); len(f) > 1 && number(f[len(f)-1]) {
		return errors.Wrapf(ErrFormat, "%.40q: more than %d numbers", whole, t.dim)
	}
	return t.add(line, row)
}

func number(s string) bool {
	_, err := strconv.ParseFloat(s, 32)
	return err == nil
}

// readBinary reads words, each with a space and 4-byte numbers; word2vec ends them with a line break.
func (t *Table) readBinary(in *bufio.Reader, count int) error {
	raw, row := make([]byte, 4*t.dim), make([]float32, t.dim)
	for i := range count {
		word, err := readWord(in)
		if err != nil {
			return errors.Wrapf(err, "vector %d of %d", i+1, count)
		}
		if _, err := io.ReadFull(in, raw); err != nil {
			return errors.Wrapf(short(err), "vector %d of %d, %.40q", i+1, count, word)
		}
		for j := range row {
			row[j] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*j:]))
		}
		if err := t.add(word, row); err != nil {
			return errors.Wrapf(err, "vector %d of %d", i+1, count)
		}
	}
	rest, err := io.ReadAll(io.LimitReader(in, 2))
	if err != nil {
		return short(err)
	}
	if len(bytes.TrimSpace(rest)) > 0 {
		return errors.Wrapf(ErrFormat, "more bytes behind the %d vectors of the header", count)
	}
	return t.complete(count)
}

// readWord reads to the next space; line breaks before the word end the vector before it.
func readWord(in *bufio.Reader) (string, error) {
	var word []byte
	for {
		c, err := in.ReadByte()
		if err != nil {
			return "", short(err)
		}
		switch {
		case c == ' ' && len(word) > 0:
			return string(word), nil
		case (c == '\n' || c == ' ') && len(word) == 0:
			continue
		case len(word) == MaxWord:
			return "", errors.Wrapf(text.ErrTooLong, "a word of more than %d bytes", MaxWord)
		}
		word = append(word, c)
	}
}
