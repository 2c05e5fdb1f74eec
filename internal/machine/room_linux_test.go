package machine

import "testing"

func TestRoom(t *testing.T) {
	room, known := Room()
	if !known || room < 1<<20 {
		t.Errorf("%d bytes, known %t, expected what this machine has", room, known)
	}
}

func TestTotal(t *testing.T) {
	for text, want := range map[string]int{
		"MemTotal:       24540276 kB\nMemFree:  1 kB\n": 24540276 << 10,
		"MemFree: 1 kB\n":  -1,
		"MemTotal: much\n": -1,
		"":                 -1,
	} {
		if n, ok := total(text); ok != (want >= 0) || ok && n != want {
			t.Errorf("%q: %d, %t, want %d", text, n, ok, want)
		}
	}
	if _, ok := number("max\n"); ok {
		t.Error("a group without a limit has one")
	}
}
