"""The client of Anthropic."""

import sys

from anthropic import Anthropic

from cases import KEY, case, generators, raised, read_until_it_raises, run, stops

URL = sys.argv[1]
OPTIONS = {"max_retries": 0, "timeout": 30}
client = Anthropic(base_url=URL, api_key=KEY, **OPTIONS)


def asks(text):
    messages = [{"role": "user", "content": text}]
    return {"model": "scripted", "max_tokens": 100_000, "messages": messages}


def word(event):
    return event.delta.text if event.type == "content_block_delta" else None


@case
def messages_plain():
    message = client.messages.create(**asks("say good morning"))
    return [message.content[0].text, message.stop_reason, message.usage.output_tokens]


@case
def messages_by_the_stream_helper():
    with client.messages.stream(**asks("say good morning")) as stream:
        texts = list(stream.text_stream)
        message = stream.get_final_message()
    return [texts, message.content[0].text, message.stop_reason, message.usage.output_tokens]


@case
def messages_raw():
    events = client.messages.create(**asks("say good morning"), stream=True)
    return [event.type for event in events]


@case
def an_error_in_mid_stream():
    return read_until_it_raises(client.messages.create(**asks("fail"), stream=True), word)


@case
def a_wrong_key():
    stranger = Anthropic(base_url=URL, api_key="sk-of-a-stranger-0001", **OPTIONS)
    return raised(lambda: stranger.messages.create(**asks("hello"), stream=True))


@case
def an_abort_stops_the_generator():
    stream = client.messages.create(**asks("never end"), stream=True)
    next(stream), next(stream)
    running = generators(URL)
    stream.close()
    return [running, stops(URL)]


run()
