package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

// TestMain makes sure that no goroutine is left behind.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestInstall writes the description of the kernel below a prefix.
func TestInstall(t *testing.T) {
	prefix := t.TempDir()
	c := command()
	c.SetArgs([]string{"install", "--prefix", prefix})
	if err := c.Execute(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(prefix, "share", "jupyter", "kernels", "gophernotes", "kernel.json"))
	if err != nil {
		t.Fatal(err)
	}
	var spec struct {
		Argv      []string `json:"argv"`
		Language  string   `json:"language"`
		Interrupt string   `json:"interrupt_mode"`
	}
	if err := json.Unmarshal(text, &spec); err != nil {
		t.Fatal(err)
	}
	if len(spec.Argv) != 2 || !filepath.IsAbs(spec.Argv[0]) || spec.Argv[1] != "{connection_file}" || spec.Language != "go" {
		t.Errorf("got %s", text)
	}
}

// The kernel of another program stays unless --force is given; our own is renewed.
func TestInstall_anothersKernel(t *testing.T) {
	prefix := t.TempDir()
	path := filepath.Join(prefix, "share", "jupyter", "kernels", "gophernotes", "kernel.json")
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	other := `{"argv": ["/usr/bin/gophernotes", "{connection_file}"], "display_name": "Go", "language": "go"}`
	if err := os.WriteFile(path, []byte(other), 0o666); err != nil {
		t.Fatal(err)
	}
	install := func(more ...string) error {
		c := command()
		c.SetArgs(append([]string{"install", "--prefix", prefix}, more...))
		return c.Execute()
	}
	if err := install(); err == nil || !strings.Contains(err.Error(), "of another program (/usr/bin/gophernotes {connection_file})") {
		t.Errorf("another's kernel: %v", err)
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != other {
		t.Errorf("another's kernel was changed: %s (%v)", b, err)
	}
	for _, more := range [][]string{{"--force"}, nil} {
		if err := install(more...); err != nil {
			t.Errorf("install %v: %v", more, err)
		}
	}
}

func TestCommand_refuses(t *testing.T) {
	for _, s := range []struct {
		args []string
		want string
	}{
		{nil, "accepts 1 arg"},
		{[]string{"install", "--user", "--prefix", "x"}, "user"},
		{[]string{"no-such-file.json"}, "read connection file"},
	} {
		c := command()
		c.SetArgs(s.args)
		if err := c.Execute(); err == nil || !strings.Contains(err.Error(), s.want) {
			t.Errorf("%v: %v, expected an error with %q", s.args, err, s.want)
		}
	}
}

// TestUntilOrphaned holds that a kernel started by hand does not mind who its
// parent is.
func TestUntilOrphaned(t *testing.T) {
	t.Setenv("JPY_PARENT_PID", "")
	ctx, stop := untilOrphaned(t.Context())
	if ctx.Err() != nil {
		t.Errorf("done at once: %v", ctx.Err())
	}
	stop()
}
