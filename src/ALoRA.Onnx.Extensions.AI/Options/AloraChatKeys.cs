namespace ALoRA.Onnx.Extensions.AI;

/// <summary>
/// Keys of <c>AdditionalProperties</c> that this package reads from requests and writes into responses.
/// A request with any other key is refused, or the key ignored; see <see cref="AloraChatClientOptions.Strict"/>.
/// </summary>
public static class AloraChatKeys
{
    /// <summary>
    /// Request: the documents that the answer is to be based on, a JSON list (<see cref="System.Text.Json.Nodes.JsonArray"/>
    /// or <see cref="System.Text.Json.JsonElement"/>) of objects as the model's template reads them.
    /// See <see cref="ChatOptionsExtensions.AddDocuments"/>.
    /// </summary>
    public const string Documents = "alora.documents";

    /// <summary>
    /// Request: further variables of the chat template, such as <c>enable_thinking</c>, a JSON object
    /// (<see cref="System.Text.Json.Nodes.JsonObject"/> or <see cref="System.Text.Json.JsonElement"/>).
    /// </summary>
    public const string TemplateVariables = "alora.template_variables";

    /// <summary>
    /// Request: start of the key of any of <see cref="GenerationParameters.All"/>, a number; its name follows. What <c>ChatOptions</c>
    /// has a property of its own for may be given in one of the two ways only.
    /// </summary>
    public const string ParameterPrefix = "alora.";

    /// <summary>Request: <see cref="GenerationOptions.MinP"/>, a number.</summary>
    public const string MinP = "alora.min_p";

    /// <summary>Request: <see cref="GenerationOptions.RepetitionPenalty"/>, a number.</summary>
    public const string RepetitionPenalty = "alora.repetition_penalty";

    /// <summary>Request: <see cref="GenerationOptions.NoRepeatNgramSize"/>, a number.</summary>
    public const string NoRepeatNgramSize = "alora.no_repeat_ngram_size";

    /// <summary>Request: name of the adapter to answer under, a text. The default is the base.</summary>
    public const string Adapter = "alora.adapter";

    /// <summary>
    /// Request: for whom it is answered, such as the id of a user or a tenant, a text. Requests of different scopes reuse
    /// nothing of each other, neither kept conversations nor the prefix cache; see <see cref="PromptOptions.CacheScope"/>.
    /// The default is one scope that all requests without this key have in common.
    /// </summary>
    public const string CacheScope = "alora.cache_scope";

    /// <summary>
    /// Response: the <see cref="Onnx.Certainty"/> of the answer; read it with
    /// <see cref="ChatResponseExtensions.GetCertainty(Microsoft.Extensions.AI.ChatResponse)"/>.
    /// </summary>
    public const string Certainty = "alora.certainty";

    /// <summary>
    /// Response: start of the key of an intrinsic's result; its name follows.
    /// Read it with <see cref="ChatResponseExtensions.GetIntrinsic{T}(Microsoft.Extensions.AI.ChatResponse, string)"/>.
    /// </summary>
    public const string IntrinsicPrefix = "alora.intrinsic.";
}
