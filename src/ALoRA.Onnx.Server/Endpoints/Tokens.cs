using System.Text.Json;
using System.Text.Json.Nodes;
using ALoRA.Onnx.Extensions.AI;
using ALoRA.Onnx.Server.Answers;
using ALoRA.Onnx.Server.Errors;
using ALoRA.Onnx.Server.Models;
using ALoRA.Onnx.Server.Requests;
using ALoRA.Onnx.Server.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.AI;

namespace ALoRA.Onnx.Server.Endpoints;

/// <summary><c>POST /tokenize</c> and <c>POST /detokenize</c>, in vLLM's shapes.</summary>
internal static class Tokens
{
    /// <summary>Gives the ids of a text or of rendered messages.</summary>
    public static async Task TokenizeAsync(HttpContext context)
    {
        TokenizeBody body = await JsonBody.ReadAsync(context, WireContext.Default.TokenizeBody).ConfigureAwait(false);
        using Exchange exchange = Exchange.Begin(context);
        IgnoredFields ignored = new();
        ignored.Add(body.Others);
        ignored.Report(context, exchange.Options.Strict);
        int[] ids = await exchange.PlanAsync((scope, cancellation) => Encode(scope, body, cancellation)).ConfigureAwait(false);
        await JsonAnswer.WriteAsync(
            context, static (json, state) => Write(json, state.Opened, state.ids, state.wantsTexts),
            (exchange.Scope.Opened, ids, wantsTexts: body.ReturnTokenStrs == true)).ConfigureAwait(false);
    }

    /// <summary>Gives the text of ids.</summary>
    public static async Task DetokenizeAsync(HttpContext context)
    {
        DetokenizeBody body = await JsonBody.ReadAsync(context, WireContext.Default.DetokenizeBody).ConfigureAwait(false);
        using Exchange exchange = Exchange.Begin(context);
        IgnoredFields ignored = new();
        ignored.Add(body.Others);
        ignored.Report(context, exchange.Options.Strict);
        AloraModel model = exchange.Scope.Opened.Model;
        _ = exchange.Scope.Opened.Adapters.Resolve(body.Model);
        int[] ids = body.Tokens ?? throw ApiError.Invalid("'tokens' is missing: send a list of ids.", "tokens", "missing_field");
        int vocabulary = model.Manifest.VocabularySize;
        foreach (int id in ids)
        {
            if ((uint)id >= (uint)vocabulary)
            {
                throw ApiError.Invalid(
                    $"'tokens' has {id}, but the vocabulary's ids are from 0 to {vocabulary - 1}.", "tokens", "out_of_range");
            }
        }

        string text = await exchange.PlanAsync((_, _) => model.Tokenizer.Decode(ids)).ConfigureAwait(false);
        await JsonAnswer.WriteAsync(
            context,
            static (json, text) =>
            {
                json.WriteStartObject();
                json.WriteString("prompt"u8, text);
                json.WriteEndObject();
            },
            text).ConfigureAwait(false);
    }

    private static int[] Encode(RequestScope scope, TokenizeBody body, CancellationToken cancellationToken)
    {
        AdapterAddress address = AdapterAddress.Read(scope.Opened, body.Model, body.ChatTemplateKwargs, body.Documents);
        if (body.Prompt is string prompt)
        {
            return body.Messages is null
                ? scope.Opened.Model.Tokenizer.Encode(prompt, body.AddSpecialTokens != false)
                : throw ApiError.Invalid("'prompt' and 'messages' exclude each other. Send one of them.", "prompt", "contradiction");
        }

        if (body.Messages is null)
        {
            throw ApiError.Invalid("'prompt' is missing, and so is 'messages'. Send one of them.", "prompt", "missing_field");
        }

        List<AITool> tools = ToolReader.Read(body.Tools, scope.Opened.Chats.Format);
        AdditionalPropertiesDictionary properties = [];
        if (address.Documents is not null)
        {
            properties.Add(AloraChatKeys.Documents, address.Documents.DeepClone());
        }

        if (address.Variables is not null)
        {
            properties.Add(AloraChatKeys.TemplateVariables, (JsonObject)address.Variables.DeepClone());
        }

        ChatOptions options = new() { Tools = tools.Count > 0 ? tools : null, AdditionalProperties = properties };
        int[] ids = scope.Opened.Chats.Read(
            client: null, MessageReader.Read(body.Messages), options, body.AddGenerationPrompt != false,
            cancellationToken).Prompt.Ids.ToArray();

        // A template writes its special tokens itself; more of them come by wish only.
        return body.AddSpecialTokens == true ? [.. scope.Opened.Model.Tokenizer.Encode("", addSpecialTokens: true), .. ids] : ids;
    }

    private static void Write(Utf8JsonWriter json, OpenedModel opened, int[] ids, bool wantsTexts)
    {
        json.WriteStartObject();
        json.WriteNumber("count"u8, ids.Length);
        json.WriteNumber("max_model_len"u8, opened.Engine.MaxContextTokens);
        json.WriteStartArray("tokens"u8);
        foreach (int id in ids)
        {
            json.WriteNumberValue(id);
        }

        json.WriteEndArray();
        if (wantsTexts)
        {
            json.WriteStartArray("token_strs"u8);
            foreach (int id in ids)
            {
                json.WriteStringValue(opened.Model.Tokenizer.TokenOf(id) ?? "");
            }

            json.WriteEndArray();
        }
        else
        {
            json.WriteNull("token_strs"u8);
        }

        json.WriteEndObject();
    }
}
