// What Go's sumdb makes of proofs and notes: a line of JSON in, a line out, which is empty if they hold.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type question struct {
	Entry []byte // of inclusion
	Index int64
	Size  int64
	Root  tlog.Hash
	Proof []tlog.Hash

	EarlierSize int64 // of consistency
	EarlierRoot tlog.Hash

	Note string
	Key  string
}

func answer(asked question) error {
	if asked.Note != "" {
		verifier, err := note.NewVerifier(asked.Key)
		if err != nil {
			return err
		}
		_, err = note.Open([]byte(asked.Note), note.VerifierList(verifier))
		return err
	}
	if asked.EarlierSize > 0 {
		return tlog.CheckTree(asked.Proof, asked.Size, asked.Root, asked.EarlierSize, asked.EarlierRoot)
	}
	return tlog.CheckRecord(asked.Proof, asked.Size, asked.Root, asked.Index, tlog.RecordHash(asked.Entry))
}

func main() {
	lines := bufio.NewReader(os.Stdin)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return
		}
		var asked question
		if err := json.Unmarshal([]byte(line), &asked); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		said := ""
		if err := answer(asked); err != nil {
			said = strings.ReplaceAll(err.Error(), "\n", " ")
		}
		fmt.Println(said)
	}
}
