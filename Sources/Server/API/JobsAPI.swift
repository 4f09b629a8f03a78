import OrderManagement

/// `/v1/jobs`: work for later, and what became of it; for those who run the server.
extension API {
    var jobs: [Endpoint] { [findJobs, retryJob] }

    private var findJobs: Endpoint {
        .list(
            "/v1/jobs", .scope(.admin), tag: "jobs", "Work for later, the oldest first",
            query: [.init("state", .words(Job.State.self), "buried: what was given up; all unless told")],
            of: Shapes.job
        ) { request in
            let (state, limit) = (try request.query.word("state", Job.State.self), try request.query.limit())
            let after = try request.query.cursor(JobID.self) ?? JobID(0)
            let found = try await waybill.read {
                try JobQueue.page(state, after: after, limit: limit + 1, in: $0)
            }
            return .page(request, next: found.count > limit ? found[limit - 1].id.description : nil) { list in
                for job in found.prefix(limit) { job.write(to: &list) }
            }
        }
    }

    private var retryJob: Endpoint {
        .post(
            "/v1/jobs/{id}/retries", .admin, tag: "jobs", "Try a job again that was given up", body: .nothing,
            reply: Shapes.job
        ) { request in
            let id = try request.id(JobID.self)
            try request.read { _ in }
            return try await perform(RetryJob(job: id), for: request)
        }
    }
}
