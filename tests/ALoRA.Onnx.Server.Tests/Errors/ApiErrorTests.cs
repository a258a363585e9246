using System.Text;
using System.Text.Json;
using ALoRA.Onnx.Server.Errors;
using ALoRA.Onnx.Serving;
using Microsoft.AspNetCore.Http;

namespace ALoRA.Onnx.Server.Tests.Errors;

[TestClass]
public sealed class ApiErrorTests
{
    public static IEnumerable<object[]> Known =>
    [
        [new ArgumentException("A sentence."), 400, null!],
        [new ArgumentException("The prompt of 70 tokens does not fit into the context of 64. Shorten it."), 400, "context_length_exceeded"],
        [new ArgumentOutOfRangeException("temperature", "Too hot."), 400, null!],
        [new ArgumentNullException("anything"), 500, "internal_error"],
        [new JsonSchemaException("No schema."), 422, "schema_not_supported"],
        [new SpecialTokenException("A token."), 400, "special_token"],
        [new MissingInvocationException("No invocation."), 400, "missing_invocation"],
        [new TemplateException("No template."), 400, "template_failed"],
        [new IntrinsicFormatException("No format."), 400, "intrinsic_format"],
        [new NotSupportedException("Not that."), 400, "not_supported"],
        [new JsonException("No JSON."), 400, "invalid_json"],
        [new AloraBusyException("Busy."), 429, "queue_full"],
        [new BadHttpRequestException("Large.", 413), 413, "request_too_large"],
        [new BadHttpRequestException("Slow.", 408), 408, "request_timeout"],
        [new BadHttpRequestException("Bad.", 400), 400, "bad_request"],
        [new OperationCanceledException(), 503, "cancelled"],
        [new ObjectDisposedException("model"), 503, "model_closed"],
        [new InsufficientMemoryException(), 503, "out_of_memory"],
        [new InvalidOperationException("A bug."), 500, "internal_error"],
        [new ModelFormatException("/srv/model/adapters/x: damaged"), 500, "internal_error"],
    ];

    [TestMethod]
    [DynamicData(nameof(Known))]
    public void Of_KnownException_HasItsStatusAndCode(Exception exception, int status, string? code)
    {
        ApiError error = ApiError.Of(exception);

        Assert.AreEqual(status, error.Status);
        Assert.AreEqual(code, error.Code);
    }

    [TestMethod]
    public void Of_ClientHasGone_IsNotTheServersFault() =>
        Assert.AreEqual(ApiError.ClientClosedRequest, ApiError.Of(new OperationCanceledException(), isAborted: true).Status);

    [TestMethod]
    public void Of_ArgumentException_DoesNotNameTheParameter() =>
        Assert.AreEqual("A sentence.", ApiError.Of(new ArgumentException("A sentence.", "parameter")).Message);

    [TestMethod]
    public void Of_AdapterThatWentAfterItWasNamed_IsNoModelAndNoPath()
    {
        AdapterNotFoundException gone = new("There is none in /srv/model/adapters.") { AdapterName = "gone" };

        ApiError error = ApiError.Of(gone);

        Assert.AreEqual(404, error.Status);
        Assert.AreEqual("model_not_found", error.Code);
        Assert.Contains("'gone'", error.Message);
        Assert.DoesNotContain("/srv", error.Message);
    }

    [TestMethod]
    public void Of_OurFault_SaysNothingOfIt()
    {
        ApiError error = ApiError.Of(new InvalidOperationException("secret"));

        Assert.DoesNotContain("secret", error.Message);
        Assert.IsNotNull(error.InnerException);
    }

    [TestMethod]
    public void TooLong_NamesBothNumbers()
    {
        ApiError error = ApiError.TooLong(4097, 4096);

        Assert.Contains("4097", error.Message);
        Assert.Contains("4096", error.Message);
        Assert.AreEqual("context_length_exceeded", error.Code);
    }

    [TestMethod]
    public void ErrorBody_IsOpenAIsErrorObject() =>
        Assert.AreEqual(
            """{"error":{"message":"No.","type":"invalid_request_error","param":"top_p","code":null}}""",
            Encoding.UTF8.GetString(ErrorBody.Of(ApiError.Invalid("No.", "top_p")).Span));
}
