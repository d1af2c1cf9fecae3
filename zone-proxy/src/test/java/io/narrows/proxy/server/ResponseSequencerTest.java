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
import org.apache.kafka.common.protocol.ApiKeys;
import org.junit.jupiter.api.Test;

final class ResponseSequencerTest {
    private final List<Integer> written = new ArrayList<>();
    private final List<String> hangUps = new ArrayList<>();
    private final ResponseSequencer sequencer = new ResponseSequencer(new ResponseSequencer.Sink() {
        @Override
        public void write(ByteBuf response, long countedBytes) {
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
            List<Slot> slots = IntStream.range(0, 30)
                    .mapToObj(i -> sequencer.open(10, ApiKeys.METADATA))
                    .toList();
            List<Integer> order = new ArrayList<>(IntStream.range(0, 30).boxed().toList());
            Collections.shuffle(order, new Random(seed));
            order.forEach(i -> sequencer.respond(slots.get(i), response(i), 0));
            assertThat(written)
                    .as("seed %d", seed)
                    .isEqualTo(IntStream.range(0, 30).boxed().toList());
            assertThat(sequencer.outstandingBytes()).isZero();
        }
    }

    @Test
    void aRequestWithoutResponseDelaysNoOther() {
        Slot silent = sequencer.open(1, ApiKeys.METADATA);
        Slot next = sequencer.open(1, ApiKeys.METADATA);
        sequencer.respond(next, response(2), 0);
        assertThat(written).isEmpty();
        sequencer.staySilent(silent);
        assertThat(written).containsExactly(2);
    }

    @Test
    void nothingLeavesAfterAHangUpButAllThatCameBefore() {
        Slot first = sequencer.open(1, ApiKeys.METADATA);
        Slot ending = sequencer.open(1, ApiKeys.METADATA);
        Slot last = sequencer.open(1, ApiKeys.METADATA);
        ByteBuf never = response(3);
        sequencer.respond(last, never, 0);
        sequencer.hangUp(ending, "bad");
        assertThat(hangUps).isEmpty();
        sequencer.respond(first, response(1), 0);
        assertThat(written).containsExactly(1);
        assertThat(hangUps).containsExactly("bad");
        assertThat(never.refCnt()).isZero();
        assertThat(sequencer.outstandingRequests()).isZero();
    }
}
