package parallel

import (
	"html"
	"regexp"
	"strconv"
	"strings"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets/text"
)

// Pair is a sentence with its translation, in Unicode's composed form (NFC),
// without white space at its ends.
type Pair struct{ Source, Target string }

func newPair(source, target string) Pair {
	return Pair{strings.TrimSpace(text.NFC(source)), strings.TrimSpace(text.NFC(target))}
}

// ErrMisaligned is the cause of the error for files that are not in step.
var ErrMisaligned = errors.New("the files are not in step")

// ReadFiles reads two files, plain or compressed, whose lines are translations
// of each other. Pairs with an empty line are left out. Files of unlike numbers
// of lines are an error whose cause is ErrMisaligned.
func ReadFiles(source, target string) ([]Pair, error) { return Reader{}.Files(source, target) }

// ReadTSV reads columns, counted from 0, of a file, plain or compressed, of
// fields that tabs part. Empty lines, and pairs with an empty field, are left
// out.
func ReadTSV(path string, source, target int) ([]Pair, error) {
	return Reader{}.TSV(path, source, target)
}

// Reader reads pairs; the functions of this package of the same names are those
// of its zero value.
type Reader struct {
	// Tell is called with a sentence for each thing in a file that was guessed;
	// it may be nil.
	Tell func(note string)
}

// Files is the function [ReadFiles].
func (o Reader) Files(source, target string) ([]Pair, error) {
	var notes []string
	r := text.Reader{Tell: func(note string) { notes = append(notes, note) }}
	a, err := r.ReadLines(source)
	if err != nil {
		return nil, err
	}
	b, err := r.ReadLines(target)
	if err != nil {
		return nil, err
	}
	if len(a) != len(b) {
		longer := source
		if len(b) > len(a) {
			longer = target
		}
		hint := ""
		if len(notes) > 0 {
			hint = " (" + strings.Join(notes, "; ") + ")"
		}
		return nil, errors.Wrapf(ErrMisaligned, "%s has %d lines, %s has %d: from line %d on %s stands alone%s",
			source, len(a), target, len(b), min(len(a), len(b))+1, longer, hint)
	}
	if o.Tell != nil {
		for _, n := range notes {
			o.Tell(n)
		}
	}
	var pairs []Pair
	for i := range a {
		if p := newPair(a[i], b[i]); p.Source != "" && p.Target != "" {
			pairs = append(pairs, p)
		}
	}
	return pairs, nil
}

// TSV is the function [ReadTSV].
func (o Reader) TSV(path string, source, target int) ([]Pair, error) {
	if source < 0 || target < 0 {
		return nil, errors.Errorf("read %s: columns %d and %d, expected at least 0", path, source, target)
	}
	var pairs []Pair
	n := 0
	err := text.Reader{Tell: o.Tell}.Lines(path, func(line string) error {
		n++
		if strings.TrimSpace(line) == "" {
			return nil
		}
		fields := strings.Split(line, "\t")
		if len(fields) <= max(source, target) {
			return errors.Errorf("line %d: %d fields, expected at least %d: %.40q", n, len(fields), max(source, target)+1, line)
		}
		if p := newPair(fields[source], fields[target]); p.Source != "" && p.Target != "" {
			pairs = append(pairs, p)
		}
		return nil
	})
	return pairs, err
}

// segment is a sentence of an IWSLT file.
type segment struct{ id, text string }

// tags are the parts of an IWSLT file that count.
var tags = regexp.MustCompile(`(?s)<doc\b[^>]*>|<seg\s+id\s*=\s*"?(\d+)"?\s*>(.*?)</seg>`)

// ReadIWSLT reads two XML files of the IWSLT campaigns, <seg id="…"> in
// documents, whose segments are translations of each other. Segments of unlike
// ids or numbers are an error whose cause is ErrMisaligned.
func ReadIWSLT(source, target string) ([]Pair, error) {
	a, err := readSegments(source)
	if err != nil {
		return nil, err
	}
	b, err := readSegments(target)
	if err != nil {
		return nil, err
	}
	var pairs []Pair
	for i := range min(len(a), len(b)) {
		if a[i].id != b[i].id {
			return nil, errors.Wrapf(ErrMisaligned, "segment %d is %s in %s, %s in %s", i+1, a[i].id, source, b[i].id, target)
		}
		if p := newPair(a[i].text, b[i].text); p.Source != "" && p.Target != "" {
			pairs = append(pairs, p)
		}
	}
	if len(a) != len(b) {
		return nil, errors.Wrapf(ErrMisaligned, "%s has %d segments, %s has %d", source, len(a), target, len(b))
	}
	return pairs, nil
}

// readSegments returns the segments of a file, each with the number of its
// document and its own.
func readSegments(path string) ([]segment, error) {
	lines, err := text.ReadLines(path)
	if err != nil {
		return nil, err
	}
	var out []segment
	document := 0
	for _, m := range tags.FindAllStringSubmatch(strings.Join(lines, "\n"), -1) {
		if m[1] == "" {
			document++
			continue
		}
		body := strings.Join(strings.Fields(html.UnescapeString(m[2])), " ")
		out = append(out, segment{id: "document " + strconv.Itoa(document) + " id " + m[1], text: body})
	}
	if len(out) == 0 {
		return nil, errors.Errorf(`read %s: found no <seg id="…">, expected the XML of IWSLT`, path)
	}
	return out, nil
}
