using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace ALoRA.Onnx.Server.Errors;

/// <summary>Writes an error as OpenAI's error object.</summary>
internal static class ErrorBody
{
    /// <summary>The object's bytes, without a line end; the same in an answer and in an event of a stream.</summary>
    public static ReadOnlyMemory<byte> Of(ApiError error)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject("error");
            json.WriteString("message", error.Message);
            json.WriteString("type", error.Type);
            json.WriteString("param", error.Param);
            json.WriteString("code", error.Code);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    /// <summary>Makes the error the whole answer. The answer must not have begun.</summary>
    public static async Task WriteAsync(HttpResponse response, ApiError error)
    {
        response.Clear();
        response.StatusCode = error.Status;
        if (error.RetryAfter is TimeSpan wait)
        {
            response.Headers.RetryAfter =
                Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }

        if (error.Status == StatusCodes.Status401Unauthorized)
        {
            response.Headers.WWWAuthenticate = "Bearer";
        }

        ReadOnlyMemory<byte> body = Of(error);
        response.ContentType = "application/json";
        response.ContentLength = body.Length;
        await response.Body.WriteAsync(body, response.HttpContext.RequestAborted).ConfigureAwait(false);
    }
}
