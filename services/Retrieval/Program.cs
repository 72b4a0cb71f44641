using Slipway.Retrieval;
using Slipway.Retrieval.Endpoint;
using Slipway.ServiceDefaults;
using Slipway.ServiceDefaults.Grpc;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddGrpcServer();
builder.AddRetrievalOptions();
builder.AddDocuments();
builder.AddVectorIndex();
builder.AddCorpora();
builder.AddRecall();
builder.AddSearch();
builder.AddSeeding();

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapGrpcService<RetrievalEndpoint>();
app.Run();
