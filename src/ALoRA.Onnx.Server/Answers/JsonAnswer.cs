using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace ALoRA.Onnx.Server.Answers;

/// <summary>An answer that is one object.</summary>
internal static class JsonAnswer
{
    /// <summary>Writes the object.</summary>
    public static async Task WriteAsync<T>(HttpContext context, Action<Utf8JsonWriter, T> write, T state)
    {
        context.Response.ContentType = "application/json; charset=utf-8";
        using (Utf8JsonWriter json = new(context.Response.BodyWriter, AnswerJson.Options))
        {
            write(json, state);
        }

        await context.Response.BodyWriter.FlushAsync(context.RequestAborted).ConfigureAwait(false);
    }
}
