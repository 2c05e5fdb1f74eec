package orl_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hocsau/hocsau/datasets/orl"
)

// write makes a folder like ORL's: so many people with two pictures each, whose
// grey is the number of the person.
func write(dir string, people int) error {
	for p := 1; p <= people; p++ {
		sub := filepath.Join(dir, fmt.Sprintf("s%d", p))
		if err := os.Mkdir(sub, 0o777); err != nil {
			return err
		}
		for k := 1; k <= 2; k++ {
			pixels := strings.Repeat(string([]byte{byte(p)}), 4*6)
			if err := os.WriteFile(filepath.Join(sub, fmt.Sprintf("%d.pgm", k)), []byte("P5\n4 6\n255\n"+pixels), 0o666); err != nil {
				return err
			}
		}
	}
	return nil
}

func TestOpen_splitsByPerson(t *testing.T) {
	dir := t.TempDir()
	if err := write(dir, orl.People); err != nil {
		t.Fatal(err)
	}
	train, test, err := orl.Open(dir, 3, 2)
	if err != nil {
		t.Fatal(err)
	}
	if train.Len() != 60 || test.Len() != 20 || !slices.Equal(test.Shape(), []int{1, 3, 2}) {
		t.Fatalf("%d and %d pictures %v", train.Len(), test.Len(), test.Shape())
	}
	x := make([]float32, 6)
	for i := range test.Len() {
		label, err := test.At(i, x)
		if err != nil {
			t.Fatal(err)
		}
		if person := 31 + label; test.Classes()[label] != fmt.Sprintf("s%d", person) || x[0]*255 < float32(person)-0.5 || x[0]*255 > float32(person)+0.5 {
			t.Errorf("picture %d of %s has grey %g", i, test.Classes()[label], x[0]*255)
		}
	}
}

func TestOpen_failures(t *testing.T) {
	few := t.TempDir()
	if err := write(few, 12); err != nil {
		t.Fatal(err)
	}
	broken := t.TempDir()
	if err := write(broken, orl.People); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(broken, "s7", "1.pgm"), []byte("P5\n4 6\n255\nabc"), 0o666); err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]string{
		few:                               `class "s13"`,
		broken:                            filepath.Join("s7", "1.pgm"),
		filepath.Join(few, "not", "here"): "no such file",
	} {
		if _, _, err := orl.Open(dir, 3, 2); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", dir, err, want)
		}
	}
}

func ExampleOpen() {
	dir, err := os.MkdirTemp("", "orl")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	if err := write(dir, orl.People); err != nil {
		fmt.Println(err)
		return
	}
	train, test, err := orl.Open(dir, 56, 46)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(train.Classes()), test.Classes()[0], test.Shape())
	// Output: 30 s31 [1 56 46]
}
