"""The client of OpenAI."""

import asyncio
import sys

from openai import AsyncOpenAI, OpenAI

from cases import KEY, case, generators, raised, read_until_it_raises, run, stops

URL = sys.argv[1]
# Without retries, which would hide what the server did.
OPTIONS = {"max_retries": 0, "timeout": 30}
client = OpenAI(base_url=f"{URL}/v1", api_key=KEY, **OPTIONS)
# Endpoints that always answer with events, and add nothing when they fail.
events = OpenAI(base_url=f"{URL}/events/v1", api_key=KEY, **OPTIONS)


def asks(text):
    return {"model": "scripted", "messages": [{"role": "user", "content": text}]}


def word(chunk):
    return chunk.choices[0].delta.content if chunk.choices else None


@case
def chat_plain():
    answer = client.chat.completions.create(**asks("say good morning Ann"))
    choice = answer.choices[0]
    return [choice.message.content, choice.finish_reason, answer.usage.total_tokens]


@case
def chat_streamed():
    options = {"stream": True, "stream_options": {"include_usage": True}}
    chunks = list(client.chat.completions.create(**asks("say good morning Ann"), **options))
    words = [word(chunk) for chunk in chunks if word(chunk)]
    return [words, chunks[-2].choices[0].finish_reason, chunks[-1].usage.completion_tokens]


@case
def chat_by_the_stream_helper():
    with client.chat.completions.stream(**asks("say good morning Ann")) as stream:
        kinds = {event.type for event in stream}
        answer = stream.get_final_completion()
    return [answer.choices[0].message.content, "content.delta" in kinds, "content.done" in kinds]


@case
def fifty_chats_at_once():
    async def all_of_them():
        async with AsyncOpenAI(base_url=f"{URL}/v1", api_key="sk-of-the-tests-0002", **OPTIONS) as client:
            async def one(number):
                stream = await client.chat.completions.create(**asks(f"say {number}"), stream=True)
                return "".join([word(chunk) or "" async for chunk in stream])

            return await asyncio.gather(*map(one, range(50)))

    return asyncio.run(all_of_them()) == [str(number) for number in range(50)]


@case
def an_endpoint_of_events_streamed_and_not():
    stream = events.chat.completions.create(**asks("say good morning"), stream=True)
    whole = events.chat.completions.with_raw_response.create(**asks("say good morning"))
    return [[word(chunk) for chunk in stream], whole.status_code, whole.headers["content-type"]]


@case
def an_unknown_model():
    unknown = {**asks("hello"), "model": "gpt-17"}
    return raised(lambda: client.chat.completions.create(**unknown))


@case
def a_wrong_key():
    stranger = OpenAI(base_url=f"{URL}/v1", api_key="sk-of-a-stranger-0001", **OPTIONS)
    return raised(lambda: stranger.chat.completions.create(**asks("hello"), stream=True))


@case
def a_request_that_binding_refuses():
    unreadable = {**asks("hello"), "messages": "hello"}
    return raised(lambda: client.chat.completions.create(**unreadable))


@case
def a_path_that_no_endpoint_has():
    try:
        client.embeddings.create(model="scripted", input="hello")
    except Exception as error:
        return [type(error).__name__, error.type, isinstance(error.message, str)]


@case
def an_error_written_into_the_stream():
    stream = events.chat.completions.create(**asks("write an error"), stream=True)
    return read_until_it_raises(stream, word)


@case
def a_handler_that_fails_in_mid_stream():
    cut = events.chat.completions.create(**asks("fail"), stream=True)
    told = client.chat.completions.create(**asks("fail"), stream=True)
    return [read_until_it_raises(cut, word), read_until_it_raises(told, word)]


@case
def a_handler_that_panics_in_mid_stream():
    stream = events.chat.completions.create(**asks("panic"), stream=True)
    return read_until_it_raises(stream, word)


@case
def a_rate_limit_on_a_streamed_request():
    client = OpenAI(base_url=f"{URL}/v1", api_key="sk-of-the-tests-0003", **OPTIONS)

    def ask_too_often():
        for _ in range(100):
            with client.chat.completions.create(**asks("say hi"), stream=True) as stream:
                list(stream)

    try:
        ask_too_often()
    except Exception as error:
        return [type(error).__name__, error.code, int(error.response.headers["retry-after"]) > 0]


@case
def an_abort_of_a_stream_stops_the_generator():
    stream = client.chat.completions.create(**asks("never end"), stream=True)
    next(stream), next(stream)
    running = generators(URL)
    stream.close()
    return [running, stops(URL)]


@case
def an_abort_of_a_plain_request_stops_the_generator():
    impatient = client.with_options(timeout=1)
    seen = raised(lambda: impatient.chat.completions.create(**asks("never end")))
    return [seen, stops(URL)]


@case
def responses_plain():
    answer = client.responses.create(model="scripted", input="say good morning")
    return [answer.status, answer.output_text, answer.usage.total_tokens]


@case
def responses_by_the_stream_helper():
    with client.responses.stream(model="scripted", input="say good morning") as stream:
        kinds = [event.type for event in stream]
        answer = stream.get_final_response()
    return [kinds[0], kinds.count("response.output_text.delta"), kinds[-1], answer.output_text]


# The last one.
@case
def a_stop_of_the_server_in_mid_stream():
    stream = client.chat.completions.create(**asks("stop the server"), stream=True)
    seen = read_until_it_raises(stream, word)
    return [seen["words"][:2], seen["raised"] if "raised" in seen else seen]


run()
