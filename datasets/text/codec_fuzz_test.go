package text

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"
)

// FuzzUnmarshalCodec: a codec that is read writes itself as it was read, and
// its numbers are those of its tokens.
func FuzzUnmarshalCodec(f *testing.F) {
	lines := slices.Values([]string{"học sâu", "học rộng"})
	for _, unit := range []Unit{WordUnit, CharacterUnit} {
		c, err := NewTokenizer(lines, TokenizerOptions{Unit: unit, VocabularyOptions: VocabularyOptions{Specials: []string{Unknown}}})
		if err != nil {
			f.Fatal(err)
		}
		b, err := MarshalCodec(c)
		if err != nil {
			f.Fatal(err)
		}
		f.Add([]byte(b), "học sâu <unk>")
	}
	c, err := TrainBPE(lines, BPEOptions{Size: 260, Specials: []string{Unknown}})
	if err != nil {
		f.Fatal(err)
	}
	b, err := MarshalCodec(c)
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(b), "học")
	f.Add([]byte(`{"format":"hocsau tokenizer 1","unit":"word","specials":9,"tokens":["<unk>"]}`), "")
	f.Fuzz(func(t *testing.T, data []byte, s string) {
		c, err := UnmarshalCodec(json.RawMessage(data))
		if err != nil {
			return
		}
		first, err := MarshalCodec(c)
		if err != nil {
			t.Fatal(err)
		}
		again, err := UnmarshalCodec(first)
		if err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
		if second, err := MarshalCodec(again); err != nil || !bytes.Equal(first, second) {
			t.Fatalf("%s, then %s, %v", first, second, err)
		}
		ids := c.Encode(s)
		for _, id := range ids {
			if id < 0 || id >= c.Len() {
				t.Fatalf("number %d of %d tokens", id, c.Len())
			}
		}
		if !slices.Equal(ids, again.Encode(s)) {
			t.Fatalf("%q: %v, then %v", s, ids, again.Encode(s))
		}
		if _, err := c.Decode(ids); err != nil {
			t.Fatal(err)
		}
	})
}
