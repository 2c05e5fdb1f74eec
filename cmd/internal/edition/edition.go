package edition

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"

	"github.com/pkg/errors"
	"golang.org/x/text/unicode/norm"
)

// A notebook is one in Jupyter's format 4; what is of no concern here stays as
// it is. The order of the fields is the one in the file.
type notebook struct {
	Cells       []*cell         `json:"cells"`
	Metadata    json.RawMessage `json:"metadata"`
	Format      int             `json:"nbformat"`
	FormatMinor int             `json:"nbformat_minor"`
}

// A cell is one of text or code.
type cell struct {
	Type           string          `json:"cell_type"`
	ExecutionCount json.RawMessage `json:"execution_count,omitempty"`
	ID             string          `json:"id"`
	Metadata       json.RawMessage `json:"metadata"`
	Outputs        json.RawMessage `json:"outputs,omitempty"`
	Source         []string        `json:"source"`
}

// An entry of a table is the translation of one cell.
type entry struct {
	sum  string // of the English text
	text string
}

// Folder returns, by file name, the edition in a language of every notebook of
// a folder. The table of NAME.ipynb is LANGUAGE/NAME.txt.
func Folder(folder, language string) (map[string][]byte, error) {
	paths, err := filepath.Glob(filepath.Join(folder, "*.ipynb"))
	if err != nil {
		return nil, errors.Wrap(err, "find the notebooks")
	}
	if len(paths) == 0 {
		return nil, errors.Errorf("%s: no notebooks", folder)
	}
	made := map[string][]byte{}
	for _, path := range paths {
		english, err := os.ReadFile(path)
		if err != nil {
			return nil, errors.Wrap(err, "read a notebook")
		}
		name := filepath.Base(path)
		tablePath := filepath.Join(folder, language, strings.TrimSuffix(name, ".ipynb")+".txt")
		table, err := os.ReadFile(tablePath)
		if err != nil {
			return nil, errors.Wrapf(err, "read the translation of %s", name)
		}
		if made[name], err = Translate(english, string(table)); err != nil {
			return nil, errors.Wrap(err, tablePath)
		}
	}
	return made, nil
}

// Translate returns an English notebook with its text from a table. Each cell
// of text must have an entry made for what it says now, each entry a cell.
func Translate(english []byte, table string) ([]byte, error) {
	var book notebook
	if err := json.Unmarshal(english, &book); err != nil {
		return nil, errors.Wrap(err, "read the English notebook")
	}
	entries, err := parse(table)
	if err != nil {
		return nil, err
	}
	for _, c := range book.Cells {
		if c.Type != "markdown" {
			continue
		}
		text := strings.Join(c.Source, "")
		e, ok := entries[c.ID]
		if !ok {
			return nil, errors.Errorf("no translation of cell %s, expected an entry %q for: %s", c.ID, "%% "+c.ID+" "+Sum(text), text)
		}
		if want := Sum(text); e.sum != want {
			return nil, errors.Errorf("the translation of cell %s is of an older text (%s): translate it again and write %s; it now says: %s", c.ID, e.sum, want, text)
		}
		c.Source = strings.SplitAfter(e.text, "\n")
		delete(entries, c.ID)
	}
	for id := range entries {
		return nil, errors.Errorf("translation of cell %s: the English notebook has no such cell of text", id)
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(&book); err != nil {
		return nil, errors.Wrap(err, "write the notebook")
	}
	return out.Bytes(), nil
}

// Sum returns what stands for a text in a table: the start of its SHA-256.
func Sum(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}

// parse reads a table.
func parse(table string) (map[string]entry, error) {
	if !norm.NFC.IsNormalString(table) {
		return nil, errors.New("letters and their marks stand apart: expected Unicode's form NFC")
	}
	entries := map[string]entry{}
	parts := strings.Split("\n"+table, "\n%% ")
	if strings.TrimSpace(parts[0]) != "" {
		return nil, errors.Errorf("found %q before the first line that begins with %q", strings.TrimSpace(parts[0]), "%% ")
	}
	for _, part := range parts[1:] {
		head, text, _ := strings.Cut(part, "\n")
		words := strings.Fields(head)
		if len(words) != 2 {
			return nil, errors.Errorf("found %q, expected %q", "%% "+head, "%% CELL SUM")
		}
		text = strings.TrimSpace(text)
		if text == "" {
			return nil, errors.Errorf("the translation of cell %s is empty", words[0])
		}
		if _, ok := entries[words[0]]; ok {
			return nil, errors.Errorf("two translations of cell %s", words[0])
		}
		entries[words[0]] = entry{sum: words[1], text: text}
	}
	return entries, nil
}
