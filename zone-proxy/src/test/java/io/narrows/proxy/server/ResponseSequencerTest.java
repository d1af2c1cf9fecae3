package io.narrows.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.proxy.server.ResponseSequencer.Slot;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class ResponseSequencerTest {
    private final List<Integer> written = new ArrayList<>();
    private final List<String> hangUps = new ArrayList<>();
    private final ResponseSequencer sequencer = new ResponseSequencer(new ResponseSequencer.Sink() {
        @Override
        public void write(ByteBuf response) {
            written.add(response.readInt());
            response.release();
        }

        @Override
        public void hangUp(String reason) {
            hangUps.add(reason);
        }
    });

    private static ByteBuf response(int number) {
        return Unpooled.buffer().writeInt(number);
    }

    @Test
    void answersLeaveInTheOrderOfTheRequestsHoweverTheyCome() {
        for (int seed = 0; seed < 50; seed++) {
            written.clear();
            List<Slot> slots =
                    IntStream.range(0, 30).mapToObj(i -> sequencer.open(10)).toList();
            List<Integer> order = new ArrayList<>(IntStream.range(0, 30).boxed().toList());
            Collections.shuffle(order, new Random(seed));
            order.forEach(i -> sequencer.respond(slots.get(i), response(i)));
            assertThat(written)
                    .as("seed %d", seed)
                    .isEqualTo(IntStream.range(0, 30).boxed().toList());
            assertThat(sequencer.outstandingBytes()).isZero();
        }
    }

    @Test
    void aRequestWithoutResponseHoldsBackNobody() {
        Slot silent = sequencer.open(1);
        Slot next = sequencer.open(1);
        sequencer.respond(next, response(2));
        assertThat(written).isEmpty();
        sequencer.staySilent(silent);
        assertThat(written).containsExactly(2);
    }

    @Test
    void nothingLeavesAfterAHangUpButAllThatCameBefore() {
        Slot first = sequencer.open(1);
        Slot ending = sequencer.open(1);
        Slot last = sequencer.open(1);
        ByteBuf never = response(3);
        sequencer.respond(last, never);
        sequencer.hangUp(ending, "bad");
        assertThat(hangUps).isEmpty();
        sequencer.respond(first, response(1));
        assertThat(written).containsExactly(1);
        assertThat(hangUps).containsExactly("bad");
        assertThat(never.refCnt()).isZero();
        assertThat(sequencer.outstandingRequests()).isZero();
    }
}
