// The core of etcd's Raft in memory, on one thread, for the benchmark raft-core to stand beside.
//
// Reads lines "NODES BATCH COMMITS" and answers each with the microseconds of processor time a commit, every node's work
// included. A shape keeps its group from line to line. Built from Debian's golang-etcd-server-dev.
package main

import (
	"bufio"
	"fmt"
	"io"
	"log"
	"os"
	"runtime"
	"strings"
	"syscall"

	"go.etcd.io/etcd/raft"
	"go.etcd.io/etcd/raft/raftpb"
)

type node struct {
	raw   *raft.RawNode
	store *raft.MemoryStorage
}

type group struct {
	nodes []*node
	// Places of the nodes that may have something to do.
	busy []int
}

func main() {
	runtime.GOMAXPROCS(1)
	raft.SetLogger(&raft.DefaultLogger{Logger: log.New(io.Discard, "", 0)})
	groups := map[[2]int]*group{}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var count, batch, commits int
		if _, err := fmt.Sscan(lines.Text(), &count, &batch, &commits); err != nil {
			log.Fatalf("%q is not NODES BATCH COMMITS: %v", lines.Text(), err)
		}
		shape := [2]int{count, batch}
		if groups[shape] == nil {
			groups[shape] = open(count)
		}
		startedAt := cpuMicros()
		for at := 0; at < commits; at += batch {
			groups[shape].commit(batch)
		}
		fmt.Println((cpuMicros() - startedAt) / float64(commits))
	}
}

var data = []byte(strings.Repeat("x", 100))

func open(count int) *group {
	peers := []raft.Peer{}
	for id := 1; id <= count; id++ {
		peers = append(peers, raft.Peer{ID: uint64(id)})
	}
	opened := &group{}
	for id := 1; id <= count; id++ {
		store := raft.NewMemoryStorage()
		raw, err := raft.NewRawNode(&raft.Config{
			ID: uint64(id), ElectionTick: 10, HeartbeatTick: 1, Storage: store,
			MaxSizePerMsg: 1 << 20, MaxInflightMsgs: 256, PreVote: true, CheckQuorum: true,
		})
		if err != nil {
			log.Fatal(err)
		}
		if err := raw.Bootstrap(peers); err != nil {
			log.Fatal(err)
		}
		opened.nodes = append(opened.nodes, &node{raw, store})
		opened.touch(id - 1)
	}
	opened.settle()
	if err := opened.nodes[0].raw.Campaign(); err != nil {
		log.Fatal(err)
	}
	opened.touch(0)
	opened.settle()
	return opened
}

func (g *group) commit(batch int) {
	before := g.nodes[0].raw.BasicStatus().Commit
	for i := 0; i < batch; i++ {
		if err := g.nodes[0].raw.Propose(data); err != nil {
			log.Fatal(err)
		}
	}
	g.touch(0)
	g.settle()
	if g.nodes[0].raw.BasicStatus().Commit != before+uint64(batch) {
		log.Fatal("a proposal was not committed")
	}
	g.compact()
}

func (g *group) settle() {
	for len(g.busy) > 0 {
		n := g.nodes[g.busy[0]]
		g.busy = append(g.busy[:0], g.busy[1:]...)
		for n.raw.HasReady() {
			g.handle(n)
		}
	}
}

func (g *group) handle(n *node) {
	ready := n.raw.Ready()
	if !raft.IsEmptyHardState(ready.HardState) {
		n.store.SetHardState(ready.HardState)
	}
	n.store.Append(ready.Entries)
	for _, message := range ready.Messages {
		g.nodes[message.To-1].raw.Step(message)
		g.touch(int(message.To - 1))
	}
	for _, entry := range ready.CommittedEntries {
		if entry.Type == raftpb.EntryConfChange {
			var change raftpb.ConfChange
			if err := change.Unmarshal(entry.Data); err != nil {
				log.Fatal(err)
			}
			n.raw.ApplyConfChange(change)
		}
	}
	n.raw.Advance(ready)
}

func (g *group) touch(place int) {
	for _, busy := range g.busy {
		if busy == place {
			return
		}
	}
	g.busy = append(g.busy, place)
}

// A snapshot every 20,000 entries that leaves 100 behind, as the other side of the benchmark does.
func (g *group) compact() {
	for _, n := range g.nodes {
		last, _ := n.store.LastIndex()
		if first, _ := n.store.FirstIndex(); last-first > 20_000 {
			n.store.CreateSnapshot(last-1, &raftpb.ConfState{}, nil)
			n.store.Compact(last - 100)
		}
	}
}

func cpuMicros() float64 {
	var used syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &used)
	return float64(used.Utime.Sec+used.Stime.Sec)*1e6 + float64(used.Utime.Usec+used.Stime.Usec)
}
