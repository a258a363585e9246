using System.Text.Json;
using ALoRA.Onnx.Server.Errors;

namespace ALoRA.Onnx.Server.Answers;

/// <summary>A response as it grows: its items, and the events that tell of them where somebody listens. One thread.</summary>
internal sealed class ResponseEvents(ResponseJson response, EventStream? stream)
{
    private readonly List<ResponseItem> _items = [];
    private int _number;
    private bool _isBegun;
    private ResponseItem? _open;

    /// <summary>The items so far.</summary>
    public IReadOnlyList<ResponseItem> Items => _items;

    /// <summary>Takes what a token adds.</summary>
    public async ValueTask AddAsync(ChoiceDelta delta)
    {
        if (delta.Reasoning.Length > 0)
        {
            await OpenAsync(ResponseItem.Reasoning).ConfigureAwait(false);
            _open!.Append(delta.Reasoning);
            await SendPartAsync("response.reasoning_text.delta", "delta", delta.Reasoning).ConfigureAwait(false);
        }

        if (delta.Text.Length > 0)
        {
            await OpenAsync(ResponseItem.Message).ConfigureAwait(false);
            _open!.Append(delta.Text);
            _open.Logprobs.AddRange(delta.Logprobs);
            await SendPartAsync("response.output_text.delta", "delta", delta.Text, delta.Logprobs).ConfigureAwait(false);
        }
        else
        {
            _open?.Logprobs.AddRange(delta.Logprobs);
        }

        foreach (AnsweredCall call in delta.Calls)
        {
            await CloseAsync().ConfigureAwait(false);
            await AddItemAsync(new ResponseItem(ResponseItem.Call, call)).ConfigureAwait(false);
            await CloseAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Ends the response.</summary>
    /// <param name="end">Why it ended.</param>
    /// <param name="usage">What it took.</param>
    public async ValueTask EndAsync(ChoiceEnd end, AnswerUsage usage)
    {
        if (_items.Count == 0)
        {
            await OpenAsync(ResponseItem.Message).ConfigureAwait(false);
        }

        await CloseAsync().ConfigureAwait(false);
        bool isCut = end.Reason == "length";
        await SendAsync(isCut ? "response.incomplete" : "response.completed", json =>
        {
            json.WritePropertyName("response"u8);
            response.Write(json, _items, usage, isCut);
        }).ConfigureAwait(false);
    }

    /// <summary>Ends the response with a failure.</summary>
    public ValueTask FailAsync(ApiError error) => SendAsync("response.failed", json =>
    {
        json.WritePropertyName("response"u8);
        response.Write(json, _items, usage: null, isCut: false, error);
    });

    private async ValueTask OpenAsync(string kind)
    {
        if (_open?.Kind == kind)
        {
            return;
        }

        await CloseAsync().ConfigureAwait(false);
        await AddItemAsync(new ResponseItem(kind)).ConfigureAwait(false);
        if (kind == ResponseItem.Message)
        {
            await SendPartAsync("response.content_part.added").ConfigureAwait(false);
        }
    }

    private async ValueTask AddItemAsync(ResponseItem item)
    {
        if (!_isBegun)
        {
            _isBegun = true;
            foreach (string name in (string[])["response.created", "response.in_progress"])
            {
                await SendAsync(name, json =>
                {
                    json.WritePropertyName("response"u8);
                    response.Write(json, [], usage: null, isCut: false);
                }).ConfigureAwait(false);
            }
        }

        _items.Add(item);
        _open = item;
        await SendItemAsync("response.output_item.added").ConfigureAwait(false);
    }

    private async ValueTask CloseAsync()
    {
        if (_open is not ResponseItem item)
        {
            return;
        }

        item.IsDone = true;
        switch (item.Kind)
        {
            case ResponseItem.Message:
                await SendPartAsync("response.output_text.done", "text", item.Text, item.Logprobs).ConfigureAwait(false);
                await SendPartAsync("response.content_part.done").ConfigureAwait(false);
                break;
            case ResponseItem.Reasoning:
                await SendPartAsync("response.reasoning_text.done", "text", item.Text).ConfigureAwait(false);
                break;
            default:
                await SendPartAsync("response.function_call_arguments.delta", "delta", item.Arguments).ConfigureAwait(false);
                await SendPartAsync("response.function_call_arguments.done", "arguments", item.Arguments).ConfigureAwait(false);
                break;
        }

        await SendItemAsync("response.output_item.done").ConfigureAwait(false);
        _open = null;
    }

    private ValueTask SendItemAsync(string name) => SendAsync(name, json =>
    {
        json.WriteNumber("output_index"u8, _items.Count - 1);
        json.WritePropertyName("item"u8);
        _items[^1].Write(json, response.TopLogprobs);
    });

    private ValueTask SendPartAsync(string name, string? field = null, string? value = null, List<TokenLogprobs>? logprobs = null) =>
        SendAsync(name, json =>
        {
            ResponseItem item = _items[^1];
            json.WriteString("item_id"u8, item.Id);
            json.WriteNumber("output_index"u8, _items.Count - 1);
            if (item.Kind != ResponseItem.Call)
            {
                json.WriteNumber("content_index"u8, 0);
            }

            if (field is null)
            {
                json.WritePropertyName("part"u8);
                item.WritePart(json, response.TopLogprobs);
            }
            else
            {
                json.WriteString(field, value);
            }

            if (logprobs is not null)
            {
                AnswerJson.WriteTokens(json, "logprobs", logprobs, response.TopLogprobs ?? 0);
            }
        });

    private ValueTask SendAsync(string name, Action<Utf8JsonWriter> write) => stream is null
        ? ValueTask.CompletedTask
        : stream.SendAsync(
            static (json, state) =>
            {
                json.WriteStartObject();
                json.WriteString("type"u8, state.name);
                json.WriteNumber("sequence_number"u8, state.number);
                state.write(json);
                json.WriteEndObject();
            },
            (name, number: _number++, write), name);
}
