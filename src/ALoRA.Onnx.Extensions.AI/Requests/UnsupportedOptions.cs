using Microsoft.Extensions.AI;

namespace ALoRA.Onnx.Extensions.AI.Requests;

/// <summary>Refuses what can't be honoured; what only names another model is ignored where the client is told to.</summary>
internal static class UnsupportedOptions
{
    /// <param name="options">The request's options.</param>
    /// <param name="model">Name of the model.</param>
    /// <param name="passedOver">Takes note of what is ignored; null refuses it.</param>
    /// <exception cref="NotSupportedException">The request asks for something that can't be done.</exception>
    /// <exception cref="ArgumentException">The request asks for another model.</exception>
    public static void Check(ChatOptions options, string model, PassedOverOptions? passedOver)
    {
        if (options.ModelId is { Length: > 0 } id && id != model)
        {
            passedOver?.Add(Name(nameof(options.ModelId)), $"it is '{id}', and the client has the model '{model}' only");
            _ = passedOver ?? throw new ArgumentException(
                $"{Name(nameof(options.ModelId))} is '{id}', but this client has the model '{model}' only. Leave it out, or ask "
                + "the client of that model.",
                nameof(options));
        }

        Refuse(
            options.ResponseFormat is ChatResponseFormatJson && options.Tools is { Count: > 0 } && options.ToolMode is not NoneChatToolMode,
            nameof(options.ResponseFormat),
            "an answer that must be JSON can't be a tool call as well: ask for JSON in a request of its own, or set ToolMode to None");
        Refuse(
            options.Reasoning is { Effort: not null } or { Output: not null },
            nameof(options.Reasoning),
            "each model has its own switch for it: set the variable of its chat template (such as enable_thinking) in "
            + $"AdditionalProperties[\"{AloraChatKeys.TemplateVariables}\"]");

        // A permission to answer in the background binds nobody; a token says that something was left there.
#pragma warning disable MEAI001 // Experimental, and no reason to ignore it.
        Refuse(
            options.ContinuationToken is not null, nameof(options.ContinuationToken),
            "answers are never left running in the background: send the messages again");
#pragma warning restore MEAI001
    }

    private static void Refuse(bool isSet, string what, string why)
    {
        if (isSet)
        {
            throw new NotSupportedException($"{Name(what)} can't be honoured: {why}.");
        }
    }

    private static string Name(string property) => $"{nameof(ChatOptions)}.{property}";
}
