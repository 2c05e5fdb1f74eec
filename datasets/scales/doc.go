// Package scales makes up melodies in ABC notation.
//
// It is the music that needs no file: tune i of a part is a function of the seed, the part, i, made when it is asked
// for. A tune has sixteen bars in the form A A' B A', of runs, broken chords, turns, with a cadence on its key's tonic.
//
//	s, err := scales.New(scales.Options{Part: scales.Train})
//	if err != nil {
//		return err
//	}
//	t, err := s.At(0)
//	fmt.Print(t.ABC())      // X:1 … K:G … G2 A2 Bc d2 | …
//	fmt.Println(t.Tokens()) // [M:4/4 K:G G2 A2 B c d2 | …]
//
// Parse reads the notation back, so that what a model writes can be judged: whether it parses, whether Check finds
// each bar full. A Note holds the pitch as a MIDI number.
//
// Source of the notation: abcnotation.com/wiki/abc:standard:v2.1, of which Parse reads single notes, rests, bars.
package scales
