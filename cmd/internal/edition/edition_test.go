package edition

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const english = `{
 "cells": [
  {
   "cell_type": "markdown",
   "id": "a1",
   "metadata": {},
   "source": [
    "# Convolution <1>\n",
    "\n",
    "text"
   ]
  },
  {
   "cell_type": "code",
   "execution_count": null,
   "id": "b2",
   "metadata": {},
   "outputs": [],
   "source": [
    "x := 1 < 2"
   ]
  }
 ],
 "metadata": {
  "kernelspec": {
   "name": "gophernotes"
  }
 },
 "nbformat": 4,
 "nbformat_minor": 5
}
`

// TestTranslate translates the text and nothing else, to the byte.
func TestTranslate(t *testing.T) {
	sum := Sum("# Convolution <1>\n\ntext")
	got, err := Translate([]byte(english), "%% a1 "+sum+"\n# Tích chập <1>\n\nchữ\n")
	if err != nil {
		t.Fatal(err)
	}
	want := strings.NewReplacer("Convolution", "Tích chập", `"text"`, `"chữ"`).Replace(english)
	if string(got) != want {
		t.Errorf("got\n%s\nexpected\n%s", got, want)
	}
}

// TestFaults names what is wrong with a table.
func TestFaults(t *testing.T) {
	sum := Sum("# Convolution <1>\n\ntext")
	for _, c := range []struct{ name, table, want string }{
		{"missing", "", "no translation of cell a1"},
		{"stale", "%% a1 0000000000000000\nchữ\n", "older text"},
		{"of code", "%% a1 " + sum + "\nchữ\n\n%% b2 " + sum + "\nchữ\n", "no such cell"},
		{"twice", "%% a1 " + sum + "\nchữ\n\n%% a1 " + sum + "\nchữ\n", "two translations"},
		{"empty", "%% a1 " + sum + "\n\n", "is empty"},
		{"no sum", "%% a1\nchữ\n", "expected \"%% CELL SUM\""},
		{"text before", "chữ\n%% a1 " + sum + "\nchữ\n", "before the first line"},
		{"decomposed", "%% a1 " + sum + "\nchu\u031b\u0303\n", "NFC"},
	} {
		_, err := Translate([]byte(english), c.table)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got error %v, expected one with %q", c.name, err, c.want)
		}
	}
}

// TestEditions holds the committed editions to the English notebooks.
func TestEditions(t *testing.T) {
	const folder = "../../../notebooks"
	made, err := Folder(folder, "vi")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range made {
		got, err := os.ReadFile(filepath.Join(folder, "vi", name))
		if err != nil {
			t.Error(err)
		} else if !bytes.Equal(got, want) {
			t.Errorf("vi/%s is not what go generate makes of %s", name, name)
		}
	}
	kept, err := filepath.Glob(filepath.Join(folder, "vi", "*.ipynb"))
	if err != nil {
		t.Fatal(err)
	}
	if len(kept) != len(made) {
		t.Errorf("vi has %d notebooks, expected %d", len(kept), len(made))
	}
}

// TestStripped holds the English notebooks to having no outputs: they would
// differ from run to run.
func TestStripped(t *testing.T) {
	paths, err := filepath.Glob("../../../notebooks/*.ipynb")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var book notebook
		if err := json.Unmarshal(text, &book); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		for _, c := range book.Cells {
			if c.Type == "code" && (string(c.Outputs) != "[]" || string(c.ExecutionCount) != "null") {
				t.Errorf("%s: cell %s has outputs, expected none", path, c.ID)
			}
		}
	}
}
