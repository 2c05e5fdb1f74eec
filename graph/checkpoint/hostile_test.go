package checkpoint

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// views writes a file of the older form: count tensors, each all of one storage
// of n numbers.
func views(t *testing.T, count, n int) string {
	t.Helper()
	text := func(s string) string {
		return "X" + string(binary.LittleEndian.AppendUint32(nil, uint32(len(s)))) + s
	}
	number := func(n int) string {
		return "J" + string(binary.LittleEndian.AppendUint32(nil, uint32(n)))
	}
	var b strings.Builder
	b.WriteString("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03.\x80\x02}.\x80\x02}")
	for i := range count {
		b.WriteString(text(fmt.Sprintf("layer%d.weight", i)) + "ctorch._utils\n_rebuild_tensor_v2\n((" + text("storage") + "ctorch\nFloatStorage\n" +
			text("0") + text("cpu") + number(n) + "tQK\x00" + number(n) + "\x85K\x01\x85\x89NtRs")
	}
	b.WriteString(".\x80\x02]" + text("0") + "a.")
	b.Write(binary.LittleEndian.AppendUint64(nil, uint64(n)))
	b.Write(make([]byte, 4*n))
	path := filepath.Join(t.TempDir(), "views.pt")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Many views of one storage are refused before the first is written; the few
// that tied weights are, are not.
func TestConvert_views(t *testing.T) {
	to := filepath.Join(t.TempDir(), "to.safetensors")
	if n, err := Convert(views(t, 3, 1000), to, nil); err != nil || n != 3 {
		t.Errorf("three views: %d, error %v", n, err)
	}
	if err := os.Remove(to); err != nil {
		t.Fatal(err)
	}
	if _, err := Convert(views(t, 20_000, 1<<20), to, nil); err == nil || !strings.Contains(err.Error(), "they share their numbers") {
		t.Errorf("20,000 views: error %v", err)
	}
	if _, err := os.Stat(to); err == nil {
		t.Error("a file was written")
	}
}

// A file is never converted onto itself, by whatever name.
func TestConvert_itself(t *testing.T) {
	from := views(t, 1, 10)
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(from, link); err != nil {
		t.Skip(err)
	}
	for _, to := range []string{from, link} {
		if _, err := Convert(from, to, nil); err == nil || !strings.Contains(err.Error(), "is the file that is read") {
			t.Errorf("%s: error %v", to, err)
		}
	}
}

// What a file does not share with a model is named up to a bound.
func TestDifferences_bound(t *testing.T) {
	var d Differences
	for i := range 5000 {
		d.Unexpected = append(d.Unexpected, fmt.Sprint("w", i))
	}
	if s := d.String(); !strings.HasSuffix(s, "w9 and 4990 more") {
		t.Errorf("%.100s … %s", s, s[len(s)-50:])
	}
}
