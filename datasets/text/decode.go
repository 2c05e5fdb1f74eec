package text

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/pkg/errors"
	"golang.org/x/text/encoding/charmap"
)

// ErrEncoding tells that a file is no text, or one in an encoding that cannot be told for sure.
var ErrEncoding = errors.New("not a text")

// Decoder is a reader that turns text as people have it into UTF-8 whose lines end in \n alone:
//
//   - a byte order mark goes; UTF-16 and UTF-32 are read where a mark says so;
//   - a zero byte is an error that names the encoding it hints at;
//   - bytes that are no UTF-8 are read as windows-1252, which has all letters of Latin-1; a text that is
//     mostly such bytes is an error, since it must be in another encoding;
//   - \r\n and \r\r\n are one line end; a lone \r is one where the text has no \n, else a space.
//
// What was guessed is counted, see Notes.
type Decoder struct {
	in       *bufio.Reader
	encoding encoding
	begun    bool
	taken    int    // bytes
	raw      []byte // units that the last chunk cut
	returns  int    // \r at the end of the last chunk
	held     []byte // text without a \n so far, with a \r in it: its line ends are not known yet
	feeds    bool   // a \n has come
	out      []byte
	at       int
	err      error

	line                                int // of the next character, from 1
	foreign, broken, inside             int // bytes read as windows-1252; halves of characters; \r inside lines
	foreignLine, brokenLine, insideLine int
}

// encoding is how characters are stored.
type encoding int

const (
	utf8Text encoding = iota
	utf16Little
	utf16Big
	utf32Little
	utf32Big
)

func (e encoding) unit() int { return []int{1, 2, 2, 4, 4}[e] }

// NewDecoder returns a reader of the text of r.
func NewDecoder(r io.Reader) *Decoder {
	return &Decoder{in: bufio.NewReaderSize(r, 1<<16), line: 1}
}

// Notes returns a sentence for each thing that was guessed in what has been read.
func (d *Decoder) Notes() []string {
	var notes []string
	if d.foreign > 0 {
		notes = append(notes, fmt.Sprintf("%s no UTF-8, the first in line %d, read as windows-1252", plural(d.foreign, "byte is", "bytes are"), d.foreignLine))
	}
	if d.broken > 0 {
		notes = append(notes, fmt.Sprintf("%s in line %d and on, read as U+FFFD", plural(d.broken, "broken character", "broken characters"), d.brokenLine))
	}
	if d.inside > 0 {
		notes = append(notes, fmt.Sprintf("%s inside lines, the first in line %d, read as spaces: lines end in LF here", plural(d.inside, "carriage return", "carriage returns"), d.insideLine))
	}
	return notes
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// Read implements io.Reader.
func (d *Decoder) Read(p []byte) (int, error) {
	for d.at == len(d.out) {
		if d.err != nil {
			return 0, d.err
		}
		d.out, d.at = d.out[:0], 0
		d.err = d.fill()
	}
	n := copy(p, d.out[d.at:])
	d.at += n
	return n, nil
}

// mark reads the byte order mark. No more than it is waited for: the text may be typed.
func (d *Decoder) mark() error {
	begins := func(mark string) (bool, error) {
		b, err := d.in.Peek(len(mark))
		if string(b) != mark {
			if err != nil && !errors.Is(err, io.EOF) {
				return false, err
			}
			return false, nil
		}
		d.taken += len(mark)
		_, err = d.in.Discard(len(mark))
		return true, err
	}
	first, err := d.in.Peek(1)
	if len(first) == 0 {
		return err
	}
	for _, m := range []struct {
		mark string
		is   encoding
	}{{"\xef\xbb\xbf", utf8Text}, {"\xff\xfe\x00\x00", utf32Little}, {"\x00\x00\xfe\xff", utf32Big}, {"\xff\xfe", utf16Little}, {"\xfe\xff", utf16Big}} {
		if m.mark[0] != first[0] {
			continue
		}
		if ok, err := begins(m.mark); ok || err != nil {
			d.encoding = m.is
			return err
		}
	}
	return nil
}

// fill decodes a chunk of the input.
func (d *Decoder) fill() error {
	if !d.begun {
		d.begun = true
		if err := d.mark(); err != nil {
			return d.end(err)
		}
	}
	_, err := d.in.Peek(1)
	b, _ := d.in.Peek(d.in.Buffered()) // no more than is there
	if len(b) == 0 {
		return d.end(err)
	}
	if len(d.raw) > 0 {
		b = append(d.raw, b...)
	}
	n := d.in.Buffered()
	whole, err := d.decode(b)
	if err != nil {
		return err
	}
	d.raw = append([]byte(nil), b[whole:]...)
	d.taken += n
	_, err = d.in.Discard(n)
	return err
}

// end finishes the text with what was left over.
func (d *Decoder) end(err error) error {
	if !errors.Is(err, io.EOF) {
		return err
	}
	if len(d.raw) > 0 {
		if d.encoding == utf8Text {
			d.lines(d.windows(d.raw))
		} else {
			return errors.Wrapf(ErrTruncated, "line %d: half of a character", d.line)
		}
		d.raw = nil
	}
	if d.held != nil { // no \n at all
		text := d.held
		d.held = nil
		d.put(bytes.ReplaceAll(text, []byte("\r"), []byte("\n")))
		if d.returns > 0 {
			d.put(bytes.Repeat([]byte("\n"), d.returns))
		}
	} else if d.returns > 0 {
		d.put([]byte("\n"))
	}
	d.returns = 0
	return io.EOF
}

// decode takes the whole characters of b and returns how many bytes they are.
func (d *Decoder) decode(b []byte) (int, error) {
	if d.encoding != utf8Text {
		return d.wide(b)
	}
	if i := bytes.IndexByte(b, 0); i >= 0 {
		line := d.line + bytes.Count(b[:i], []byte("\n"))
		more, _ := d.in.Peek(zerosSample) // as many as there are
		return 0, errors.Wrapf(ErrEncoding, "line %d holds a zero byte: %s", line, zeros(more, d.taken))
	}
	whole := len(b)
	for k := 1; k < utf8.UTFMax && k <= len(b); k++ { // a character that the chunk cuts
		if utf8.RuneStart(b[len(b)-k]) {
			if !utf8.FullRune(b[len(b)-k:]) {
				whole -= k
			}
			break
		}
	}
	text := b[:whole]
	if !utf8.Valid(text) {
		before := d.foreign
		text = d.windows(text)
		if n := d.foreign - before; n >= leastForeign && n > foreignShare(text, n) {
			return 0, errors.Wrapf(ErrEncoding, "line %d: mostly bytes that are no UTF-8, as in texts of Windows-1251, GB 18030, Shift JIS or other encodings: expected UTF-8", d.foreignLine)
		}
	}
	d.lines(text)
	return whole, nil
}

// leastForeign is how many bytes that are no UTF-8 say something of the encoding.
const leastForeign = 32

// foreignShare returns how many letters beyond ASCII a text in windows-1252 of so many letters hardly has: in the
// languages of western Europe they are a tenth of all, in others written in one byte a letter nearly all.
func foreignShare(text []byte, foreign int) int {
	letters := foreign
	for _, c := range text {
		if c|0x20 >= 'a' && c|0x20 <= 'z' {
			letters++
		}
	}
	return letters * 2 / 5
}

// zerosSample is how many bytes are looked at to say what bytes with zeros among them may be.
const zerosSample = 1 << 12

// zeros says what bytes with zeros among them, which begin at a place of the text, may be.
func zeros(b []byte, from int) string {
	var at [4]int
	all := 0
	for i, c := range b {
		if c == 0 {
			at[(from+i)%4]++
			all++
		}
	}
	name := ""
	switch even, odd := at[0]+at[2], at[1]+at[3]; {
	case all == 0:
	case at[2] > 0 && at[3] > 0 && at[0] == 0 && 2*all >= len(b):
		name = "UTF-32 (little-endian)"
	case at[0] > 0 && at[1] > 0 && at[3] == 0 && 2*all >= len(b):
		name = "UTF-32 (big-endian)"
	case odd >= 8*even:
		name = "UTF-16 (little-endian)"
	case even >= 8*odd:
		name = "UTF-16 (big-endian)"
	}
	if name == "" {
		return "expected UTF-8"
	}
	return "it seems to be " + name + " without a byte order mark, expected UTF-8"
}

// windows returns b with each byte that is no UTF-8 read as windows-1252.
func (d *Decoder) windows(b []byte) []byte {
	out := make([]byte, 0, len(b)+len(b)/4)
	line := d.line
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			if d.foreign++; d.foreign == 1 {
				d.foreignLine = line
			}
			out = utf8.AppendRune(out, fromWindows(b[i]))
			i++
			continue
		}
		if r == '\n' {
			line++
		}
		out = append(out, b[i:i+n]...)
		i += n
	}
	return out
}

// fromWindows returns the character of a byte of windows-1252; the five that have none keep their number.
func fromWindows(c byte) rune {
	if r := charmap.Windows1252.DecodeByte(c); r != utf8.RuneError {
		return r
	}
	return rune(c)
}

// wide takes characters of two or four bytes.
func (d *Decoder) wide(b []byte) (int, error) {
	unit := d.encoding.unit()
	var order binary.ByteOrder = binary.LittleEndian
	if d.encoding == utf16Big || d.encoding == utf32Big {
		order = binary.BigEndian
	}
	out := make([]byte, 0, len(b))
	i := 0
	line := d.line
	for ; i+unit <= len(b); i += unit {
		var r rune
		if unit == 4 {
			if r = rune(order.Uint32(b[i:])); !utf8.ValidRune(r) {
				r = utf8.RuneError
				d.breaks(line)
			}
		} else if r = rune(order.Uint16(b[i:])); utf16.IsSurrogate(r) {
			if r < 0xdc00 && i+4 > len(b) {
				break // its other half is in the next chunk
			}
			low := rune(-1)
			if i+4 <= len(b) {
				low = rune(order.Uint16(b[i+2:]))
			}
			if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
				d.breaks(line)
			} else {
				i += 2
			}
		}
		switch r {
		case 0:
			return 0, errors.Wrapf(ErrEncoding, "line %d holds the character zero", line)
		case '\n':
			line++
		}
		out = utf8.AppendRune(out, r)
	}
	d.lines(out)
	return i, nil
}

func (d *Decoder) breaks(line int) {
	if d.broken++; d.broken == 1 {
		d.brokenLine = line
	}
}

// lines gives text its line ends.
func (d *Decoder) lines(text []byte) {
	if d.held == nil && d.returns == 0 && bytes.IndexByte(text, '\r') < 0 {
		d.put(text)
		return
	}
	rest := bytes.TrimRight(text, "\r") // what follows the last ones decides on them
	behind := len(text) - len(rest)
	if len(rest) == 0 && d.returns > 0 {
		d.returns += behind
		return
	}
	text = rest
	if d.returns > 0 {
		text = append(bytes.Repeat([]byte("\r"), d.returns), text...)
	}
	d.returns = behind
	if !d.feeds && bytes.IndexByte(text, '\n') < 0 {
		if d.held != nil || bytes.IndexByte(text, '\r') >= 0 || d.returns > 0 {
			d.held = append(d.held, text...)
			if d.held == nil {
				d.held = []byte{}
			}
			if len(d.held) > MaxLine { // the reader of lines says so
				d.put(d.held)
				d.held, d.feeds = nil, true
			}
			return
		}
	}
	d.feeds = true
	if d.held != nil {
		text = append(d.held, text...)
		d.held = nil
	}
	out := make([]byte, 0, len(text))
	line := d.line
	for len(text) > 0 {
		i := bytes.IndexByte(text, '\r')
		if i < 0 {
			out = append(out, text...)
			break
		}
		line += bytes.Count(text[:i], []byte("\n"))
		out = append(out, text[:i]...)
		k := i
		for k < len(text) && text[k] == '\r' {
			k++
		}
		if k == len(text) || text[k] != '\n' {
			for range k - i {
				out = append(out, ' ')
			}
			if d.inside == 0 {
				d.insideLine = line
			}
			d.inside += k - i
		}
		text = text[k:]
	}
	d.put(out)
}

// put gives finished text.
func (d *Decoder) put(text []byte) {
	n := bytes.Count(text, []byte("\n"))
	d.feeds = d.feeds || n > 0
	d.line += n
	d.out = append(d.out, text...)
}
