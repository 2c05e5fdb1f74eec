// Command classify says what a trained model sees in a picture:
//
//	go run ./docs/examples/classify RUN PICTURE
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/hocsau/hocsau/zoo/infer"
)

func main() {
	m, err := infer.Open(os.Args[1], infer.Opts{})
	if err != nil {
		log.Fatal(err)
	}
	c, err := m.Classifier()
	if err != nil {
		log.Fatal(err)
	}
	answer, err := c.ClassifyFile(context.Background(), os.Args[2], 3)
	fmt.Println(answer.Guesses, err)
}
