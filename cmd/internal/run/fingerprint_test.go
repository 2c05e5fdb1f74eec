package run

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func put(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
}

func TestCheckData(t *testing.T) {
	dir := t.TempDir()
	folder := filepath.Join(dir, "run") // inside its data
	at := func(name string) string { return filepath.Join(dir, filepath.FromSlash(name)) }
	for name, content := range map[string]string{
		"train.txt": "a b c", "sub/test.txt": "d e", "sub/cat.png": "picture", ".hidden": "x", "README.md": "about",
		"run/config.yaml": "model: lm", "old/config.yaml": "", "old/metrics.jsonl": "",
	} {
		put(t, at(name), content)
	}
	s := Settings{Model: "lm", Data: "text", DataDir: dir}
	if err := checkData(folder, s); err != nil { // an older run has no record
		t.Fatal(err)
	}
	if err := keepData(folder, s); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, content, says string }{
		{".hidden", "y", ""}, {"README.md", "more", ""}, {"run/metrics.jsonl", "{}", ""}, {"old/metrics.jsonl", "{}", ""},
		{"train.txt", "a c b", "train.txt has other content in as many bytes"},
		{"train.txt", "a", "train.txt had 5 bytes, now 1"},
		{"train.txt", "a b c", ""},
		{"sub/cat.png", "pictura", "sub/cat.png has other content"},
		{"sub/cat.png", "picture", ""},
		{"sub/new.txt", "x", "sub/new.txt is new"},
	} {
		put(t, at(c.name), c.content)
		err := checkData(folder, s)
		if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s %q: error %v, want %q", c.name, c.content, err, c.says)
		}
	}
	if err := os.Remove(at("sub/test.txt")); err != nil {
		t.Fatal(err)
	}
	if err := checkData(folder, s); err == nil || !strings.Contains(err.Error(), "sub/new.txt is new; sub/test.txt is gone") {
		t.Errorf("error %v", err)
	}
	// A file alone, and a set that is made up.
	one := Settings{Model: "lm", Data: "text", DataDir: at("train.txt")}
	if err := keepData(folder, one); err != nil {
		t.Fatal(err)
	}
	put(t, at("train.txt"), "c")
	if err := checkData(folder, one); err == nil || !strings.Contains(err.Error(), "train.txt had 5 bytes, now 1") {
		t.Errorf("error %v", err)
	}
	if err := keepData(folder, Settings{Model: "lm", Data: "phrases"}); err != nil {
		t.Fatal(err)
	}
	if err := checkData(folder, one); err != nil {
		t.Errorf("error %v", err)
	}
}

func TestFoldersOf(t *testing.T) {
	marks := []fileMark{{Name: "a/1", Size: 1, Sum: "x"}, {Name: "a/2", Size: 2, Sum: "y"}, {Name: "3", Size: 3}}
	before := foldersOf(marks)
	marks[1].Sum = "z"
	after := foldersOf(marks)
	if d := changes(before, after); len(d) != 1 || d[0] != "a has other content in as many bytes" {
		t.Errorf("%q", d)
	}
	if d := changes(before, foldersOf(marks[1:])); len(d) != 1 || d[0] != "a had 2 files, now 1" {
		t.Errorf("%q", d)
	}
}
