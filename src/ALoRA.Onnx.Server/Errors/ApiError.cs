using System.Text.Json;
using ALoRA.Onnx.Serving;
using Microsoft.AspNetCore.Http;

namespace ALoRA.Onnx.Server.Errors;

/// <summary>A failure as the client reads it: a status and OpenAI's error object.</summary>
internal sealed class ApiError : Exception
{
    public const string InvalidRequest = "invalid_request_error";
    public const string ServerError = "server_error";

    /// <summary>What a client that has gone would read; nginx' number.</summary>
    public const int ClientClosedRequest = 499;

    private ApiError(int status, string type, string message, string? code = null, string? param = null, Exception? cause = null)
        : base(message, cause)
    {
        Status = status;
        Type = type;
        Code = code;
        Param = param;
    }

    /// <summary>The HTTP status.</summary>
    public int Status { get; }

    /// <summary>The kind, such as <see cref="InvalidRequest"/>.</summary>
    public string Type { get; }

    /// <summary>A word for programs; null if there is none.</summary>
    public string? Code { get; }

    /// <summary>The field of the request; null if it is none in particular.</summary>
    public string? Param { get; }

    /// <summary>When it makes sense to try again.</summary>
    public TimeSpan? RetryAfter { get; private init; }

    /// <summary>400: the request cannot be honoured as it is.</summary>
    public static ApiError Invalid(string message, string? param = null, string? code = null) =>
        new(StatusCodes.Status400BadRequest, InvalidRequest, message, code, param);

    /// <summary>400: the prompt is longer than the context.</summary>
    public static ApiError TooLong(int promptTokens, int limit) =>
        Invalid(
            $"The prompt has {promptTokens} tokens, but the context is {limit} tokens, of which the answer needs at least one. "
                + "Shorten the messages.",
            code: "context_length_exceeded");

    /// <summary>401: no key, or one that is unknown.</summary>
    public static ApiError Unauthorized(string message) =>
        new(StatusCodes.Status401Unauthorized, "authentication_error", message, "invalid_api_key");

    /// <summary>403: the key may not do that.</summary>
    public static ApiError Forbidden(string message) => new(StatusCodes.Status403Forbidden, "permission_error", message, "forbidden");

    /// <summary>404: there is no such model or adapter.</summary>
    public static ApiError NoModel(string name) =>
        new(
            StatusCodes.Status404NotFound, InvalidRequest, $"The model '{name}' does not exist. GET /v1/models lists those that do.",
            "model_not_found", "model");

    /// <summary>404: there is no such thing.</summary>
    public static ApiError NotFound(string message, string? param = null, string code = "not_found") =>
        new(StatusCodes.Status404NotFound, InvalidRequest, message, code, param);

    /// <summary>409: it is in use, or its name is taken.</summary>
    public static ApiError Conflict(string message, string code, string? param = null) =>
        new(StatusCodes.Status409Conflict, InvalidRequest, message, code, param);

    /// <summary>413: the body is larger than it may be.</summary>
    public static ApiError TooLarge(long limit) =>
        new(
            StatusCodes.Status413PayloadTooLarge, InvalidRequest,
            $"The body may have {limit} bytes at most. Send a shorter request.", "request_too_large");

    /// <summary>422: the schema can't be enforced.</summary>
    public static ApiError SchemaNotSupported(string message, Exception? cause = null) =>
        new(StatusCodes.Status422UnprocessableEntity, InvalidRequest, message, "schema_not_supported", "response_format", cause);

    /// <summary>429: too many requests wait.</summary>
    public static ApiError Busy(string message, TimeSpan? retryAfter = null) =>
        new(StatusCodes.Status429TooManyRequests, "rate_limit_error", message, "queue_full")
        {
            RetryAfter = retryAfter ?? TimeSpan.FromSeconds(1),
        };

    /// <summary>500: our fault; the log has the cause.</summary>
    public static ApiError Failed(Exception? cause = null) =>
        new(
            StatusCodes.Status500InternalServerError, ServerError,
            "The server failed to answer this request. Its log says why.", "internal_error", cause: cause);

    /// <summary>501: the model or this server has no such thing.</summary>
    public static ApiError NotOffered(string message) =>
        new(StatusCodes.Status501NotImplemented, InvalidRequest, message, "not_offered");

    /// <summary>503: the server stops, starts, or has no memory; another time, or another server, can do it.</summary>
    public static ApiError Unavailable(string message, string code = "unavailable", TimeSpan? retryAfter = null) =>
        new(StatusCodes.Status503ServiceUnavailable, ServerError, message, code) { RetryAfter = retryAfter ?? TimeSpan.FromSeconds(5) };

    /// <summary>Any other status of a client's fault.</summary>
    public static ApiError OfStatus(int status, string message) =>
        new(status, status >= StatusCodes.Status500InternalServerError ? ServerError : InvalidRequest, message);

    /// <summary>An error that another server wrote.</summary>
    public static ApiError From(int status, string type, string message, string? code, string? param, TimeSpan? retryAfter) =>
        new(status, type, message, code, param) { RetryAfter = retryAfter };

    /// <summary>What a client reads of any exception.</summary>
    /// <param name="exception">What was thrown.</param>
    /// <param name="isAborted">Whether the client has gone.</param>
    public static ApiError Of(Exception exception, bool isAborted = false) => exception switch
    {
        ApiError error => error,
        OperationCanceledException when isAborted => new(ClientClosedRequest, InvalidRequest, "The client has gone.", "client_closed"),
        OperationCanceledException =>
            Unavailable("The request was ended, because the server stops or nobody read the answer.", "cancelled"),
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } http =>
            new(http.StatusCode, InvalidRequest, "The body is larger than this server takes. Send a shorter request.", "request_too_large"),
        BadHttpRequestException { StatusCode: StatusCodes.Status408RequestTimeout } http =>
            new(http.StatusCode, InvalidRequest, "The request came too slowly.", "request_timeout"),
        BadHttpRequestException http => new(http.StatusCode, InvalidRequest, http.Message, "bad_request"),
        JsonException json => Invalid($"The body is not the JSON that is expected here: {json.Message}", code: "invalid_json"),
        AloraBusyException busy => Busy(busy.Message, busy.MaxQueueTime),
        JsonSchemaException schema => SchemaNotSupported(Sentence(schema), schema),
        SpecialTokenException token => Invalid(Sentence(token), code: "special_token"),
        MissingInvocationException missing => Invalid(Sentence(missing), "messages", "missing_invocation"),
        TemplateException template => Invalid(template.Message, "messages", "template_failed"),
        IntrinsicFormatException intrinsic => Invalid(intrinsic.Message, code: "intrinsic_format"),
        NotSupportedException unsupported => Invalid(unsupported.Message, code: "not_supported"),
        AdapterNotFoundException { AdapterName: { } adapter } => NoModel(adapter),
        ArgumentNullException => Failed(exception),
        ArgumentException argument => Argument(Sentence(argument)),
        InsufficientMemoryException or OutOfMemoryException =>
            Unavailable("The server has not enough memory for this request now. Send it again later.", "out_of_memory"),
        ObjectDisposedException => Unavailable("The model was replaced or closed meanwhile. Send the request again.", "model_closed"),
        _ => Failed(exception),
    };

    // The libraries' sentences about prompts that are too long name both numbers.
    private static ApiError Argument(string sentence) =>
        sentence.Contains("into the context of", StringComparison.Ordinal)
            ? Invalid(sentence, code: "context_length_exceeded")
            : Invalid(sentence);

    // The library's own sentence is for programmers, who can do more than a client.
    private static string Sentence(MissingInvocationException missing) => missing.AdapterName is not { } adapter
        ? missing.Message
        : $"The adapter '{adapter}' starts at its invocation, and the chat template made a prompt without one. If a message has it: "
        + "texts of messages are data, in which special tokens are plain text. Send the conversation as it is, without the invocation, "
        + $"name '{adapter}' in 'model' or 'chat_template_kwargs.adapter_name', and the server puts the invocation where it belongs; or "
        + "send a prompt that has it to /v1/completions.";

    // ArgumentException appends " (Parameter 'x')", which means nothing to a client.
    private static string Sentence(ArgumentException exception)
    {
        string suffix = $" (Parameter '{exception.ParamName}')";
        return exception.Message.EndsWith(suffix, StringComparison.Ordinal) ? exception.Message[..^suffix.Length] : exception.Message;
    }
}
