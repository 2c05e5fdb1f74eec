// Package abc reads melodies in ABC notation.
//
// A tune book holds tunes, each with a head of fields, of which the key K comes
// last, then the notes:
//
//	for _, text := range abc.Split(book) {
//		t, err := abc.Parse(text)
//		if err != nil {
//			return err
//		}
//		err = t.WriteMIDI(w) // repeats written out
//	}
//
// Parse takes notes, chords, rests, ties, tuplets, broken rhythm, grace notes,
// decorations, chord symbols, repeats with endings, changes of key, meter or unit
// on the way. A sign that the notation does not have is an error, so that what a
// model writes can be judged. Words below the notes are passed over; of several
// voices each is read after the other.
//
// Source: abcnotation.com/wiki/abc:standard:v2.1.
package abc
